/**
 * Whether an answer whose end nobody told may be whole. It is asked where the next model, told to go on, ended without a
 * word: a broken server gives the same, so it is believed only where the text itself could stand as it is. What is cut in
 * mid-sentence, in mid-item or inside a block of code never does. Pure.
 */
import { splitBlocks } from '@task-router/protocol/answer';

/** In any script; brackets, quotes and marks of emphasis may follow. */
const sentenceEnd = /[.!?\u2026\u3002\uff01\uff1f][)\]"'\u201d\u2019\u00bb*_`]*$/;
const fenceLine = /^[ \t]*(?:`{3,}|~{3,})$/;
/** Indent, marker, text. A number is as good as the next one. */
const listItem = /^([ \t]*)([-*+\u2022]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(\S.*)$/;
/** What a line ends with that says by itself that more follows. */
const openEnd = /[,;:([{<=/&|+\\\u2013\u2014-]$/;
/** Behind these words something has to come. */
const openWord =
  /(?:^|\s)(?:a|an|the|and|or|but|nor|of|to|for|with|from|by|as|than|that|which|who|whose|if|when|because|is|are|was|were|be|not|no|your|their|its|our|my|this|these|those|each|every|any)$/i;

/** Looks at the last lines of the answer only, apart from counting its blocks of code. */
export function looksWhole(partial: string): boolean {
  const end = partial.trimEnd();
  // A fence is closed once its line is over.
  if (endsInsideFence(`${end}\n`)) return false;
  const lines = end.split('\n').slice(-maxLines);
  const last = lines.at(-1) ?? '';
  return sentenceEnd.test(last) || fenceLine.test(last) || endsList(lines) || endsTable(lines);
}

/** Whether `text` ends inside a fenced block. */
export function endsInsideFence(text: string): boolean {
  const last = splitBlocks(text).at(-1);
  if (last === undefined) return false;
  return last.fence !== null && !last.isClosed;
}

/** No list or table worth comparing with is longer. */
const maxLines = 200;

/**
 * The last line is an item of a list whose other items end without a full stop as well, and nothing in it waits for more.
 * Without another item nobody knows how this list writes them.
 */
function endsList(lines: readonly string[]): boolean {
  const last = itemOf(lines.at(-1));
  if (last === null || !isClosed(last.text)) return false;
  let others = 0;
  for (const line of lines.slice(0, -1).reverse()) {
    const item = itemOf(line);
    const isDeeper = line.search(/\S/) > last.indent;
    if (line.trim() === '' || isDeeper) continue;
    // Of a nested list, the items around it are not its own.
    if (item?.indent !== last.indent || item.isNumbered !== last.isNumbered) break;
    if (sentenceEnd.test(item.text)) return false;
    others += 1;
  }
  return others > 0;
}

function itemOf(line = ''): {
  readonly indent: number;
  readonly isNumbered: boolean;
  readonly text: string;
} | null {
  const [, indent = '', marker = '', text = ''] = listItem.exec(line) ?? [];
  return text === '' ? null : { indent: indent.length, isNumbered: /\d/.test(marker), text: text.trimEnd() };
}

/** Nothing that was opened in the line is open at its end, and its last word can be one. */
function isClosed(text: string): boolean {
  const plain = text.replace(/`[^`]*`/g, 'code');
  const isBalanced =
    countOf(plain, /[([{]/g) === countOf(plain, /[)\]}]/g) &&
    countOf(plain, /\*\*/g) % 2 === 0 &&
    countOf(plain, /["\u201c\u201d]/g) % 2 === 0;
  return isBalanced && !plain.includes('`') && !openEnd.test(plain) && !openWord.test(plain);
}

/** The last line is a row as wide as those before it, below the line that makes them a table. */
function endsTable(lines: readonly string[]): boolean {
  const last = lines.at(-1)?.trim() ?? '';
  const delimiter = lines.findLastIndex((line) => /^[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$/.test(line));
  const rows = lines.slice(delimiter + 1);
  if (delimiter < 1 || rows.length === 0 || !/^\|.*\|$/.test(last)) return false;
  const width = cellsOf(lines[delimiter] ?? '');
  return rows.every((row) => cellsOf(row) === width);
}

function cellsOf(row: string): number {
  return countOf(row.replace(/`[^`]*`|\\\|/g, ''), /\|/g);
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
