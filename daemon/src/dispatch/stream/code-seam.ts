/**
 * Whether code goes on where it broke off: what is open in an unfinished code block must be closed by what follows, and
 * nothing else. Says nothing where it can't know: outside code, in languages it does not know, and where the first part
 * alone does not add up. In doubt the caller starts over, which is seen; a wrong splice is not.
 */
import { splitBlocks } from '@task-router/protocol/answer';
import { knowsLanguage, scanCode } from './code-scan.ts';

export type CodeVerdict = 'joins' | 'more' | 'breaks';

/** So much of what follows is looked at, unless the block ends before: most slips show within some lines. */
const lookAheadChars = 600;
/** The same beginning for this many characters is the same beginning. */
const sameBeginningChars = 24;

/** `rest` is what follows `partial`, as far as it has come. */
export function judgeCodeSeam(partial: string, rest: string, isComplete: boolean): CodeVerdict {
  const first = openCode(partial);
  if (first === null) return 'joins';
  if (beginsBlockAnew(codeOf(first), rest)) return 'breaks';
  const language = languageOf(first);
  if (!knowsLanguage(language)) return 'joins';
  const block = splitBlocks(first + rest)[0];
  const isEnd = block?.isClosed === true;
  if (!isEnd && !isComplete && rest.length < lookAheadChars) return 'more';
  const code = codeOf(
    isEnd ? withoutLastLine((first + rest).slice(0, block.end)) : soFar(first, rest, isComplete),
  );
  return fits(code, { language, seamAt: codeOf(first).length, isWhole: isEnd || isComplete })
    ? 'joins'
    : 'breaks';
}

/** The unfinished block that `text` ends in, with its fence; null: it ends in none. */
function openCode(text: string): string | null {
  const block = splitBlocks(text).at(-1);
  return block === undefined || block.fence === null || block.isClosed ? null : text.slice(block.start);
}

function fits(
  code: string,
  at: { readonly language: string; readonly seamAt: number; readonly isWhole: boolean },
): boolean {
  const scan = scanCode(code, at.language);
  if (scan === null) return true;
  const { mismatchAt, open, unclosedQuoteAt } = scan;
  // What was there before the seam is not for the seam to answer for.
  if (mismatchAt !== null) return mismatchAt < at.seamAt;
  if (isOpenAcross(code, unclosedQuoteAt, at.seamAt)) return false;
  return !at.isWhole || open.length === 0;
}

/** A string that was begun before the seam must end on its line. */
function isOpenAcross(code: string, quoteAt: number | null, seamAt: number): boolean {
  return quoteAt !== null && quoteAt < seamAt && !code.slice(quoteAt, seamAt).includes('\n');
}

function beginsBlockAnew(code: string, rest: string): boolean {
  const start = code.trimStart().slice(0, sameBeginningChars);
  return start.length === sameBeginningChars && rest.trimStart().startsWith(start);
}

/** Behind the line with the fence. */
function codeOf(block: string): string {
  const at = block.indexOf('\n');
  return at < 0 ? '' : block.slice(at + 1);
}

function languageOf(block: string): string {
  return /^ {0,3}(?:`{3,}|~{3,})\s*([\w+#-]*)/.exec(block)?.[1] ?? '';
}

/** Of what still comes, whole lines: half a pattern or half a string says nothing of the seam. */
function soFar(first: string, rest: string, isComplete: boolean): string {
  const lines = isComplete ? rest : rest.slice(0, rest.lastIndexOf('\n') + 1);
  return first + (lines === '' ? rest : lines);
}

function withoutLastLine(block: string): string {
  return block.slice(0, block.trimEnd().lastIndexOf('\n') + 1);
}
