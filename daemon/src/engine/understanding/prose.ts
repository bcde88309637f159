/**
 * The words of a task apart from what was pasted into it: code fences, inline code, quoted lines and paths ask for
 * nothing, and a pasted function called `test_fix` must not decide what is wanted.
 */
import { calledFunction, filePath, quotedLine, type FindSpan } from './pasted-spans.ts';

/** Characters of prose that rules read. */
const proseChars = 2_000;
/** And what they may be found in; everything here is bounded, so a hostile prompt costs no more than a long one. */
const readChars = 6_000;

const fence = /```[\s\S]*?(?:```|$)/g;
const inlineCode = /`[^`\n]{1,200}`/g;

/** `plain` is a prompt in lower case; what is left out becomes a full stop or a blank, so sentences stay apart. */
export function proseOf(plain: string): string {
  const text = replaced(plain.slice(0, readChars).replace(fence, ' . '), quotedLine, ' ');
  const said = replaced(text.replace(inlineCode, ' code '), calledFunction, ' code ');
  return replaced(said, filePath, ' file ', proseChars).slice(0, proseChars);
}

/** Without more than the first `enough` characters of the result being right. */
function replaced(text: string, find: FindSpan, by: string, enough = Infinity): string {
  let result = '';
  let from = 0;
  while (result.length < enough) {
    const span = find(text, from, Math.min(text.length, from + enough - result.length));
    if (span === null) break;
    result += text.slice(from, span[0]) + by;
    from = span[1];
  }
  return from === 0 ? text : result + text.slice(from);
}

/** Whether the text is code rather than prose: most lines look like source. Bounded to the first lines. */
export function looksLikeCode(text: string): boolean {
  const lines = text
    .slice(0, 4_000)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 60);
  const source = lines.filter((line) => sourceLine.test(line)).length;
  return lines.length >= 2 && source / lines.length > 0.5;
}

const sourceLine =
  /[;{}]\s*$|^\s*(?:import|from|def|class|function|const|let|var|return|if|for|while|public|private|#include|package|fn|func|use|export|@\w+)\b.*[:;({=)\w]?\s*$|^\s*[\w.]+\s*=\s*\S|^\s*(?:\/\/|#|\*)|^\s{4,}\S/;
