/**
 * A look at JSON text before it is parsed. A few megabytes of `[[[[…` or `[0,0,0,…` become hundreds of megabytes of
 * objects, and everything that walks them recursively can run out of stack; one pass over the text finds both.
 */

/** Deeper than any message of ours or of LSP. */
const maxDepth = 64;
/** Commas in one message: elements of arrays and objects together. The largest health views stay far below. */
const maxValues = 400_000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** What is wrong with the text, or null. Counts brackets and commas outside strings; syntax is not its business. */
export function jsonBoundsProblem(text: string): 'tooDeep' | 'tooManyValues' | null {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case quote:
        i = endOfString(text, i);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > maxDepth) return 'tooDeep';
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case comma:
        values += 1;
        if (values > maxValues) return 'tooManyValues';
        break;
      default:
    }
  }
  return null;
}

/** Index of the closing quote; long strings are jumped over rather than walked through. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === backslash) backslashes += 1;
  return backslashes % 2 === 1;
}
