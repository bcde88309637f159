/**
 * The kind of a task by rules: what a sentence asks for with its verb, what a question asks, what a fault report
 * implies. Rules come first, because a developer can be told which words decided; the trained heads speak where no rule
 * does.
 */
// cspell:disable -- lists of words as people write them
import type { TaskKind } from '../model/task.ts';
import { createClueReader, hasChance, type Clued } from './clue-words.ts';

export interface RuledKind {
  readonly kind: TaskKind;
  /** 0..1: a verb at the start of a sentence is surer than a noun somewhere. */
  readonly confidence: number;
}

/** Verbs that settle the kind, with their other forms; `-ing` for "would you mind fixing". */
const verbKinds = table({
  explain:
    'explain explaining describe describing understand summarize summarise summarizing walk clarify interpret',
  fix: 'fix fixing debug debugging repair resolve solve correct troubleshoot investigate diagnose patch unbreak',
  refactor:
    'refactor refactoring rename renaming extract simplify simplifying restructure reorganize reorganise inline modernize modernise deduplicate dedupe migrate optimize optimise optimizing decouple tidy split convert port rewrite rewriting cleanup clean shorten upgrade replace move inject flatten unify',
  test: 'test unittest',
  document: 'document documenting comment annotate',
  review: 'review reviewing audit critique assess proofread',
  commit: 'commit',
  generate:
    'write writing create build implement implementing generate generating scaffold develop code program design make add adding draft produce complete finish extend support',
});

/** Verbs that mean nothing but their kind. */
const plainVerbs = words('explain describe fix debug refactor rename document review audit');

/** Verbs that need their object to be understood, and what the object then says. */
const general = words(
  'write writing create build generate generating make add adding draft produce update improve extend give provide suggest need want do complete finish propose show describe describing explain explaining summarize summarise',
);
const objectKinds = table({
  test: 'test tests testing unittest unittests testcase testcases spec specs coverage mocks fixtures pytest jest vitest junit rspec playwright cypress',
  document:
    'doc docs documentation docstring docstrings jsdoc tsdoc javadoc rustdoc openapi swagger readme comment comments changelog guide tutorial notes adr',
  commit: 'commit commits staged',
  review: 'review feedback',
  explain: 'explanation overview summary',
  fix: 'fix patch workaround',
  refactor: 'performance readability readable faster idiomatic cleaner shorter simpler',
});
const objectReach = 6;
/** Words of a sentence among which its verb is. */
const requestReach = 8;
/** Sentences that rules read. */
const mostSentences = 12;

const otherObjects = words('that which for with using from so when if into');

/** Words before a verb that leave it a request. */
const openers = words(
  'and then to also just now first please you i we lets let us should must can could would need want help go so finally next that either will',
);
const questions = words(
  'what why how where when who which is are does do did can could should would explain has have was were',
);
const faults =
  /\b(?:crash(?:es|ed|ing)?|throws?|threw|exceptions?|traceback|stack ?trace|segfaults?|broken|breaks|fail(?:s|ed|ing)?|bugs?|errors? out|panicked|not work(?:ing)?|(?:doesn't|does not|don't|isn't|is not|can't|cannot|won't) (?:work|compile|build|run|load|start|render|respond|return|match|show|update)\w*|(?:wrong|incorrect|unexpected) (?:result|output|value|answer|behaviou?r)|null ?pointer|undefined is not|memory leak|deadlock|race condition|type ?error|syntax ?error|value ?error|key ?error)\b/;
const reportHeadings =
  /\b(?:steps to reproduce|to reproduce|expected (?:behaviou?r|result)|actual (?:behaviou?r|result)|minimal (?:reproducible )?example|bug report|how to reproduce)\b/;
const exercise =
  /\b(?:you are given|given (?:a|an|two|the|n|some)\b.{0,200}\b(?:return|find|compute|determine|print|output)|sample input|constraints:|your task is to)\b/;
/** Judging what is there, however it is asked. */
const judging =
  /\b(?:anything|something|what(?:'s| is)?) (?:wrong|to improve|missing) (?:with|in|about|here)|\b(?:any|find|spot|potential) (?:potential |possible |security )?(?:problems?|issues?|bugs?|vulnerabilit\w+|mistakes?)\b|\b(?:what do you think of|best practices?|production[- ]ready|feedback on|anything to improve|what (?:you would|would you) (?:change|do differently))\b/;
/** Making complaints of a tool go away is mending, whatever the verb. */
const goAway = /\b(?:errors?|warnings?|failures?) (?:go away|disappear|vanish)\b/;
const puzzle =
  /^(?:solve|find|count|compute|determine)\b.*\b(?:codeforces|leetcode|atcoder|puzzle|exercise|kata|in o\()/;
/** A question about something at hand, and not about the world. */
const atHand =
  /\b(?:this|these|here|it|my|our|code|file|function|class|method|module|variable|loop|query|regex|snippet|line|component|project|repo|api|branch|test|error|type|callback|hook|thread|async|array|string|object)s?\b/;
const commitMessage = /\bcommit (?:message|msg)|\bmessage for (?:this|the|my) (?:commit|change|diff|staged)/;

/** Turns of phrase that say more than the verb in front of them; tried in this order. */
export const phrases: readonly (RuledKind & Clued)[] = [
  { kind: 'commit', confidence: 0.95, pattern: commitMessage, words: 'commit message' },
  { kind: 'fix', confidence: 0.9, pattern: goAway, words: 'away disappear vanish' },
  { kind: 'generate', confidence: 0.9, pattern: puzzle, words: 'solve find count compute determine' },
  {
    ...{ kind: 'review', confidence: 0.95, pattern: judging },
    words: 'wrong improve missing any anything find spot potential think best production feedback would',
  },
];
const readClues = createClueReader(phrases);

/** And what speaks where no verb does. */
const shapes: readonly (RuledKind & { readonly pattern: RegExp })[] = [
  { kind: 'fix', confidence: 0.7, pattern: faults },
  { kind: 'generate', confidence: 0.7, pattern: exercise },
];

/** `prose` is in lower case and holds no pasted code. null: no rule speaks. */
export function kindByRules(prose: string): RuledKind | null {
  const phrase = phraseIn(prose);
  if (phrase !== null) return phrase;
  const rest = sentencesOf(prose);
  const first = rest.next().value;
  if (first === undefined) return null;

  const asked = openingRequest(first);
  if (asked !== null) return asked;
  if (reportHeadings.test(prose)) return { kind: 'fix', confidence: 0.85 };
  if (isQuestion(first)) return questionKind(first, prose);
  const sentences = [first];
  for (const sentence of rest) {
    const kind = requestKind(sentence);
    if (kind !== null) return { kind, confidence: 0.75 };
    sentences.push(sentence);
  }
  const joined = sentences.map(joinedKind).find((kind) => kind !== null);
  if (joined !== undefined) return { kind: joined, confidence: 0.7 };
  const shape = shapes.find(({ pattern }) => pattern.test(prose));
  if (shape !== undefined) return { kind: shape.kind, confidence: shape.confidence };
  const noun = objectIn(first.slice(0, objectReach));
  return noun === null ? null : { kind: noun, confidence: 0.5 };
}

function phraseIn(prose: string): RuledKind | null {
  const chances = readClues(prose);
  if (chances === 0) return null;
  for (const [at, { kind, confidence, pattern }] of phrases.entries()) {
    if (hasChance(chances, at) && pattern.test(prose)) return { kind, confidence };
  }
  return null;
}

/** A request that opens with its kind's own verb is certain: no likeness to other requests says more. */
function openingRequest(tokens: readonly string[]): RuledKind | null {
  const kind = requestKind(tokens);
  if (kind === null) return null;
  const [opening = ''] = tokens;
  return { kind, confidence: plainVerbs.has(opening) && look(verbKinds, opening) === kind ? 0.95 : 0.9 };
}

const sentenceEnd = /[.!?\n:;]/g;

/** Words of the sentences, as they are asked for: mostly the first says enough. */
function* sentencesOf(prose: string): Generator<readonly string[], undefined> {
  let count = 0;
  for (let from = 0; from < prose.length && count < mostSentences;) {
    sentenceEnd.lastIndex = from;
    const end = sentenceEnd.test(prose) ? sentenceEnd.lastIndex - 1 : prose.length;
    const tokens = prose.slice(from, end).match(/[a-z][a-z'-]*/g);
    from = end + 1;
    if (tokens === null) continue;
    yield tokens;
    count += 1;
  }
  return undefined;
}

/** What a sentence asks for, when it begins with a verb, or with words that leave the verb a request. */
function requestKind(tokens: readonly string[]): TaskKind | null {
  for (let at = 0; at < Math.min(requestReach, tokens.length); at += 1) {
    const token = tokens[at] ?? '';
    const verb = look(verbKinds, token);
    if (general.has(token) || verb === 'generate') {
      const object = objectIn(tokens.slice(at + 1, at + 1 + objectReach));
      if (object !== null) return object;
    }
    if (verb !== null) return verb;
    if (!openers.has(token) && !general.has(token)) return null;
  }
  return null;
}

/** "Look at this and explain it": a verb that another one leads to. */
function joinedKind(tokens: readonly string[]): TaskKind | null {
  const at = tokens.findIndex(
    (token, index) => ['and', 'then'].includes(tokens[index - 1] ?? '') && verbKinds.has(token),
  );
  return at < 0 ? null : requestKind(tokens.slice(at));
}

/** A question is for an explanation, unless it is about a fault or holds the verb of another kind. */
function questionKind(tokens: readonly string[], prose: string): RuledKind {
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1] ?? '';
    const verb = look(verbKinds, token);
    const isVerb = ['you', 'i', 'we', 'to', 'be', 'this', 'it'].includes(before);
    if (verb !== null && verb !== 'generate' && verb !== 'explain' && isVerb) {
      return { kind: verb, confidence: 0.7 };
    }
  }
  const isWhyFault = tokens[0] === 'why' && faults.test(prose);
  return isWhyFault
    ? { kind: 'fix', confidence: 0.55 }
    : { kind: 'explain', confidence: atHand.test(prose) ? 0.75 : 0.45 };
}

function isQuestion([first = '', second = '']: readonly string[]): boolean {
  return questions.has(first) || (first === 'in' && second === 'which');
}

function objectIn(tokens: readonly string[]): TaskKind | null {
  for (const token of tokens) {
    // "a function for the tests": what follows a preposition belongs to something else.
    if (otherObjects.has(token)) return null;
    const kind = look(objectKinds, token);
    if (kind !== null) return kind;
  }
  return null;
}

function look(kinds: ReadonlyMap<string, TaskKind>, word: string): TaskKind | null {
  return kinds.get(word) ?? null;
}

function table(kinds: Partial<Record<TaskKind, string>>): ReadonlyMap<string, TaskKind> {
  const entries = Object.entries(kinds) as [TaskKind, string][];
  return new Map(entries.flatMap(([kind, list]) => list.split(' ').map((word) => [word, kind] as const)));
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}
