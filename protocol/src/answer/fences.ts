/**
 * Lines that open and close fenced code, as CommonMark defines them. The answer is cut into blocks line by line while
 * it streams, long before a parser could see the whole of it, so this much of the grammar is needed by itself.
 */

export interface Fence {
  readonly marker: '`' | '~';
  /** Number of marker characters; the closing line needs at least as many. */
  readonly length: number;
  /** What stands before the fence on its opening line: spaces, list markers, quote marks. */
  readonly prefix: string;
  /** First word after the fence; empty when there is none. */
  readonly language: string;
}

// One blank after a list marker, not several: otherwise a hostile line could be matched in exponentially many ways.
const opening = /^((?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])*)(`{3,}(?=[^`]*$)|~{3,})[ \t]*(\S*)/;
const closing = /^ {0,3}(`{3,}|~{3,})[ \t]*$/;

/** The fence that `line` (without its line end) opens, or null. */
export function openedFence(line: string): Fence | null {
  const match = opening.exec(line);
  const run = match?.[2];
  if (match === null || run === undefined) return null;
  return {
    marker: run.startsWith('~') ? '~' : '`',
    length: run.length,
    prefix: match[1] ?? '',
    language: match[3] ?? '',
  };
}

export function closesFence(line: string, fence: Fence): boolean {
  const run = closing.exec(withoutPrefix(line, fence))?.[1];
  return run?.startsWith(fence.marker) === true && run.length >= fence.length;
}

/** A line of code without what belongs to the quote or list around it. */
export function withoutPrefix(line: string, fence: Fence): string {
  let rest = line;
  const quotes = fence.prefix.split('>').length - 1;
  for (let depth = 0; depth < quotes; depth++) rest = rest.replace(/^ {0,3}> ?/, '');
  const afterQuotes = fence.prefix.slice(fence.prefix.lastIndexOf('>') + 1);
  // The space after a quote mark belongs to the mark.
  const columns = quotes > 0 ? afterQuotes.replace(/^ /, '').length : afterQuotes.length;
  let indent = 0;
  while (indent < columns && rest[indent] === ' ') indent++;
  return rest.slice(indent);
}
