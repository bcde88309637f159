/**
 * First understanding of a task, by rules: its kind from the verb, its size from the characters. A classifier trained
 * on real tasks takes the place of `inferTaskKind` with the issue on selection, learned ratios and quantiles that of
 * the two estimates; the signatures stay.
 */
import { charsPerToken } from './config.ts';
import { clamp } from './math/clamp.ts';
import type { TaskKind } from './model.ts';

/** Characters looked at: the verb of a task stands near its beginning, and pasted code must not outvote it. */
const lookedAtChars = 2_000;
/** Words after a general verb ("write", "add") in which its object is looked for. */
const objectWords = 8;

/** Verbs and question words that settle the kind by themselves. */
const verbs: Readonly<Record<string, TaskKind>> = {
  ...kindOf(
    'explain',
    'explain explains what why how where when who describe understand summarize summarise walk',
  ),
  ...kindOf('fix', 'fix fixes debug repair solve resolve correct bug error crash crashes failing broken'),
  ...kindOf(
    'refactor',
    'refactor rename extract simplify restructure reorganize reorganise inline clean split',
  ),
  ...kindOf('refactor', 'modernize modernise deduplicate migrate optimize optimise'),
  ...kindOf('test', 'test tests'),
  ...kindOf('document', 'document comment annotate docs documentation'),
  ...kindOf('review', 'review audit critique assess'),
  ...kindOf('commit', 'commit'),
};
/** Verbs whose object tells what is wanted. */
const generalVerbs = new Set(
  'write add create make generate build implement draft produce update improve'.split(' '),
);
const objects: Readonly<Record<string, TaskKind>> = {
  ...kindOf('test', 'test tests spec specs unittest unittests testcase testcases coverage'),
  ...kindOf(
    'document',
    'doc docs documentation docstring docstrings jsdoc tsdoc readme comment comments changelog',
  ),
  ...kindOf('commit', 'commit'),
  ...kindOf('review', 'review'),
};

/** Kind of a task from its prompt in English; `chat` when no rule speaks. Linear in the prompt, bounded. */
export function inferTaskKind(prompt: string): TaskKind {
  const words = plainWords(prompt.slice(0, lookedAtChars));
  for (const [index, word] of words.entries()) {
    if (generalVerbs.has(word))
      return objectKind(words.slice(index + 1, index + 1 + objectWords)) ?? 'generate';
    const kind = lookUp(verbs, word);
    if (kind !== null) return kind;
  }
  return 'chat';
}

/** Tokens that this many characters make, rounded up. */
export function estimateTokens(chars: number): number {
  return Math.ceil(clamp(chars, 0, Number.MAX_SAFE_INTEGER) / charsPerToken);
}

/**
 * Tokens an answer of this kind usually has: a part that does not depend on the context, and one that does, because
 * an edit repeats what it changes. Typical figures until quantiles of real answers replace them.
 */
export function expectedOutputTokens(kind: TaskKind, inputTokens: number): number {
  const { base, perInputToken, max } = outputSizes[kind];
  return Math.round(clamp(base + perInputToken * inputTokens, base, max));
}

const outputSizes: Readonly<Record<TaskKind, { base: number; perInputToken: number; max: number }>> = {
  commit: { base: 120, perInputToken: 0, max: 120 },
  chat: { base: 400, perInputToken: 0, max: 400 },
  explain: { base: 500, perInputToken: 0.05, max: 1_500 },
  review: { base: 500, perInputToken: 0.1, max: 2_000 },
  fix: { base: 400, perInputToken: 0.3, max: 3_000 },
  document: { base: 400, perInputToken: 0.4, max: 4_000 },
  refactor: { base: 400, perInputToken: 0.8, max: 4_000 },
  test: { base: 800, perInputToken: 0.5, max: 4_000 },
  generate: { base: 900, perInputToken: 0.1, max: 3_000 },
};

function objectKind(words: readonly string[]): TaskKind | null {
  for (const word of words) {
    const kind = lookUp(objects, word);
    if (kind !== null) return kind;
  }
  return null;
}

/** Words in lower case. Paths, calls and quoted names are not words: `src/test/fix.ts` asks for nothing. */
function plainWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .map((word) => word.replace(/^["'(]+|["'),:;!?]+$|\.$/g, ''))
    .filter((word) => /^[a-z][a-z'-]*$/.test(word));
}

function lookUp(table: Readonly<Record<string, TaskKind>>, word: string): TaskKind | null {
  return Object.hasOwn(table, word) ? (table[word] ?? null) : null;
}

function kindOf(kind: TaskKind, words: string): Record<string, TaskKind> {
  return Object.fromEntries(words.split(' ').map((word) => [word, kind]));
}
