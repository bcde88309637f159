/** Guesses the kind of a task from its words: the kind whose pattern matches earliest wins. */

/** The kinds of task, in the order that settles a tie. */
export const taskKinds = [
  'commit',
  'test',
  'document',
  'review',
  'refactor',
  'fix',
  'explain',
  'generate',
  'chat',
] as const;
export type TaskKind = (typeof taskKinds)[number];

const making = String.raw`(?:write|add|create|generate|make|suggest|draft|give)\s+(?:\w+\s+){0,4}?`;

const patterns: Readonly<Record<Exclude<TaskKind, 'chat'>, RegExp>> = {
  commit: new RegExp(`\\b(?:${making})?commit(?:\\s+message)?\\b`, 'i'),
  test: new RegExp(`\\b(?:${making}(?:unit\\s+)?(?:tests?|specs?)|tests?|testing|cover)\\b`, 'i'),
  document: new RegExp(
    `\\b(?:${making}(?:docs|documentation|docstrings?|comments?|readme)|document|docs|docstrings?|jsdoc)\\b`,
    'i',
  ),
  review: /\b(?:review|critique|audit|assess)\b/i,
  refactor: /\b(?:refactor|simplify|clean\s?up|restructure|rename|extract|split|tidy|rewrite)\b/i,
  fix: /\b(?:fix|repair|solve|debug|bug|error|fails?|failing|crash(?:es)?|broken|correct)\b/i,
  explain: /\b(?:explain|describe|summari[sz]e|understand|walk\s+me|what|how|why|where)\b/i,
  generate: /\b(?:write|generate|create|implement|add|build|make|scaffold)\b/i,
};

const maxLength = 10_000;

/** The kind that a line of its own states (`Task kind: fix`), if there is one. */
export function namedTaskKind(text: string): TaskKind | undefined {
  const named = /^[^\w\n]*(?:task[ \t]+)?kind[^\w\n]*[:=][^\w\n]*(\w+)/im
    .exec(text.slice(0, maxLength))?.[1]
    ?.toLowerCase();
  return taskKinds.find((kind) => kind === named);
}

/** The stated kind, else the one whose words come first, else `chat`. */
export function guessTaskKind(prose: string): TaskKind {
  const text = prose.slice(0, maxLength);
  let best: { kind: TaskKind; at: number } = { kind: 'chat', at: Number.POSITIVE_INFINITY };
  for (const kind of taskKinds) {
    const at = kind === 'chat' ? undefined : patterns[kind].exec(text)?.index;
    if (at !== undefined && at < best.at) best = { kind, at };
  }
  return namedTaskKind(text) ?? best.kind;
}
