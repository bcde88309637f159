/**
 * The words of a task apart from what was pasted into it: code fences, inline code, quoted lines and paths ask for
 * nothing, and a pasted function called `test_fix` must not decide what is wanted.
 */

/** Characters of prose that rules read. */
const proseChars = 2_000;
/** And what they may be found in; every pattern here is bounded, so a hostile prompt costs no more than a long one. */
const readChars = 6_000;

const fence = /```[\s\S]*?(?:```|$)/g;
const inlineCode = /`[^`\n]{1,200}`/g;
const quotedLine = /^[ \t]*>.*$/gm;
/** Tried at the beginning of a word only: at every letter it would cost more than everything else here. */
const path =
  /(?<![\w.-])(?:(?:[\w.-]{1,60}[/\\]){1,12}[\w.-]{1,60}|[\w-]{1,60}\.[a-z]{1,4}\b(?=[\s,;:)?!]|$))/g;
const call = /\b[a-z_]\w{0,60}\([^)\n]{0,80}\)/g;

/** `plain` is a prompt in lower case; what is left out becomes a full stop or a blank, so sentences stay apart. */
export function proseOf(plain: string): string {
  const text = plain
    .slice(0, readChars)
    .replace(fence, ' . ')
    .replace(quotedLine, ' ')
    .replace(inlineCode, ' code ')
    .replace(call, ' code ');
  return withoutPaths(text).slice(0, proseChars);
}

/** At least as far as prose is read: the search for paths costs more than all others together. */
function withoutPaths(text: string): string {
  if (text.length <= proseChars) return text.replace(path, ' file ');
  let prose = '';
  let from = 0;
  for (const found of text.matchAll(path)) {
    prose += `${text.slice(from, found.index)} file `;
    from = found.index + found[0].length;
    if (prose.length >= proseChars) return prose;
  }
  return prose + text.slice(from);
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
