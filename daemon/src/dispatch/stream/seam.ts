/**
 * Checks the seam where one model goes on from another one's broken answer. Only what can be verified is joined:
 *
 * - after an instruction the model first repeats the last words, and its answer is joined right behind them, wherever
 *   they stand in its first lines; without them nothing shows that it goes on from the same place;
 * - after a prefill the model writes on by itself: what it repeats of the end is cut off, and a greeting or a fence that
 *   is opened inside an open one shows that it did not understand;
 * - inside code what follows must fit what is open (`code-seam.ts`);
 * - a model that begins the answer anew in the same words goes on once it has told all that is there, as one does that is
 *   asked for the same twice; in other words it has started over, and so does the answer, visibly.
 *
 * Everything else is broken, and the caller starts over. Pure; looks at the head of the continuation only.
 */
import { judgeCodeSeam } from './code-seam.ts';
import { endsInsideFence } from './looks-whole.ts';

export type SeamVerdict =
  | { readonly type: 'more' }
  /** Goes on behind the first `dropChars` characters, which repeat what is there. */
  | { readonly type: 'joined'; readonly dropChars: number }
  | { readonly type: 'startedOver' }
  | { readonly type: 'broken' };

/** `head` is all text so far; `isComplete`: there is no more. */
export type SeamCheck = (head: string, isComplete: boolean) => SeamVerdict;

const more: SeamVerdict = { type: 'more' };
const broken: SeamVerdict = { type: 'broken' };

/** Text that may stand before the repeated words: a re-opened fence, a "Continuing:". */
const beforeAnchorChars = 200;
/** The same beginning for this many characters is the same beginning. */
const startOverChars = 24;
const prefillHeadChars = 64;
const maxOverlapChars = 400;
const minOverlapChars = 12;
const anchorChars = 100;

const greeting =
  /^\s*(?:sure|certainly|of course|okay|ok,|here(?:'s| is| are)|i(?:'ll| will| am|'m)|let me|let's|continuing|as requested|sorry|apolog)/i;

/** The last words of a broken answer, for a model to repeat: whole words where there are some. */
export function anchorOf(partial: string): string {
  const end = partial.trimEnd().slice(-anchorChars);
  const word = end.length < anchorChars ? 0 : end.search(/\s/);
  return end.slice(Math.max(0, word)).trim();
}

/** For a model that was told to repeat `anchorOf(partial)` first. */
export function checkRepeatedSeam(partial: string): SeamCheck {
  const anchor = anchorOf(partial);
  return (head, isComplete) => {
    const end = endOfWords(head, anchor);
    if (end !== null) return joinedBehind(partial, head, end, isComplete);
    const anew = toldAnew(partial, head, isComplete);
    if (anew !== null) return anew;
    return isComplete || head.length > beforeAnchorChars + 2 * anchor.length ? broken : more;
  };
}

/** For a model that was given `partial` as the beginning of its own answer. */
export function checkPrefilledSeam(partial: string): SeamCheck {
  return (head, isComplete) => {
    if (!isComplete && head.length < prefillHeadChars) return more;
    const anew = toldAnew(partial, head, isComplete);
    if (anew !== null) return anew;
    const overlap = overlapOf(partial, head);
    const rest = head.slice(overlap);
    if (overlap === 0 && (greeting.test(head) || opensFenceAgain(partial, rest))) return broken;
    return joinedIn(partial, head, overlap === 0 ? repeatedBlanks(partial, head) : overlap, isComplete);
  };
}

/** Joined behind what is told again up to `end`. The blanks that are there already may still be on their way. */
function joinedBehind(partial: string, head: string, end: number, isComplete: boolean): SeamVerdict {
  const rest = head.slice(end);
  if (!isComplete && rest.length < blanksAtEnd(partial).length) return more;
  return joinedIn(partial, head, end + repeatedBlanks(partial, rest), isComplete);
}

/** Joined behind `dropChars`, if what is behind them also fits as code. */
function joinedIn(partial: string, head: string, dropChars: number, isComplete: boolean): SeamVerdict {
  switch (judgeCodeSeam(partial, head.slice(dropChars), isComplete)) {
    case 'joins':
      return { type: 'joined', dropChars };
    case 'more':
      return more;
    case 'breaks':
      return broken;
  }
}

function opensFenceAgain(partial: string, rest: string): boolean {
  return endsInsideFence(partial) && /^\s*(?:`{3,}|~{3,})[^\s`~]/.test(rest);
}

/** Index behind `words` in the head of `text`, blanks compared as one; null: not there. */
function endOfWords(text: string, words: string): number | null {
  const pattern = words
    .split(/\s+/)
    .map((word) => word.replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&'))
    .join('\\s+');
  const found = new RegExp(pattern).exec(text.slice(0, beforeAnchorChars + 2 * words.length));
  return found === null ? null : found.index + found[0].length;
}

/** Blanks at the end of what is shown that the continuation writes again. */
function repeatedBlanks(partial: string, rest: string): number {
  const blanks = blanksAtEnd(partial);
  let same = 0;
  while (same < blanks.length && rest[same] === blanks[same]) same += 1;
  return same;
}

function blanksAtEnd(text: string): string {
  return text.slice(text.trimEnd().length);
}

/** null: it does not begin as the answer does. */
function toldAnew(partial: string, head: string, isComplete: boolean): SeamVerdict | null {
  if (!hasStartedOver(partial, head)) return null;
  const [shown, told] = [partial.trim(), head.trimStart()];
  if (told.startsWith(shown))
    return joinedBehind(partial, head, head.length - told.length + shown.length, isComplete);
  return !isComplete && shown.startsWith(told) ? more : { type: 'startedOver' };
}

function hasStartedOver(partial: string, head: string): boolean {
  const start = head.trimStart().slice(0, startOverChars);
  return start.length === startOverChars && partial.trimStart().startsWith(start);
}

/** Length of the longest end of `partial` that `head` begins with; 0: none that is longer than chance. */
function overlapOf(partial: string, head: string): number {
  const most = Math.min(maxOverlapChars, partial.length, head.length);
  for (let length = most; length >= minOverlapChars; length -= 1) {
    if (partial.endsWith(head.slice(0, length))) return length;
  }
  return 0;
}
