/**
 * The fenced code blocks of an answer, numbered from 0 in the order in which they appear. The panel names a block by
 * its number, so the panel and this file must count in the same way; code-blocks.test.ts holds them together. Fences in
 * lists and quotes count, indented code does not, and a block that was never closed ends with the text.
 */
interface Fence {
  readonly marker: string;
  readonly length: number;
  /** What stands before the fence: spaces, list markers, quote marks. */
  readonly prefix: string;
}

// One blank after a list marker, not several: otherwise a hostile line could be matched in exponentially many ways.
const opening = /^((?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])*)(`{3,}(?=[^`]*$)|~{3,})/;
const closing = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/;

/** The code of every block, without its fences; each ends with a line feed unless it is empty. */
export function codeBlocks(answer: string): string[] {
  const blocks: string[] = [];
  let fence: Fence | null = null;
  let code = '';
  const end = (): void => {
    if (fence !== null) blocks.push(code);
    fence = null;
    code = '';
  };
  for (const line of linesOf(answer)) {
    if (fence !== null && endsNested(line, fence)) end();
    if (fence === null) fence = openedFence(line);
    else if (closes(line, fence)) end();
    else code += `${withoutPrefix(line, fence)}\n`;
  }
  end();
  return blocks;
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function openedFence(line: string): Fence | null {
  const match = opening.exec(line);
  const run = match?.[2];
  return run === undefined ? null : { marker: run.charAt(0), length: run.length, prefix: match?.[1] ?? '' };
}

function closes(line: string, fence: Fence): boolean {
  const run = closing.exec(line)?.[1];
  return run !== undefined && run.startsWith(fence.marker) && run.length >= fence.length;
}

/** Text at the margin ends a fence together with the list or quote around it. */
function endsNested(line: string, fence: Fence): boolean {
  const isNested = fence.prefix.trim() !== '' || fence.prefix.length > 3;
  return isNested && line.trim() !== '' && !/^[ \t>]/.test(line) && !closes(line, fence);
}

/** A line of code without what belongs to the quote or list around it. */
function withoutPrefix(line: string, fence: Fence): string {
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
