/**
 * A floor under the number of tokens that any usual tokenizer makes of a text. Tokenizers cut a text into words,
 * numbers, runs of marks and blanks before they merge anything, and never merge across those cuts; so the pieces
 * counted here are tokens at the very least. Long pieces count more: no vocabulary holds tokens much longer than that.
 */

/** Letters of one token at most; longer entries exist, but nobody's text is made of them. */
const longestWord = 20;
const longestMarks = 64;

const blank = 0;
const letter = 1;
/** Digits, and what is written over or under a letter: part of a word, and yet no letter. */
const inWord = 2;
const mark = 3;
type Kind = typeof blank | typeof letter | typeof inWord | typeof mark;

const lastAscii = 127;
/** Code is ASCII nearly throughout, and a regular expression takes ten times as long to say what a character is. */
const asciiKinds = Uint8Array.from({ length: lastAscii + 1 }, (_, code) => kindOf(String.fromCharCode(code)));

/**
 * Counted are words and numbers, and runs of marks. Blanks are left out, and a single mark before a letter too: both may be
 * part of the word they precede. Linear in the text: about a millisecond for 256 kB of code.
 */
export function leastTokens(text: string): number {
  let count = 0;
  let at = 0;
  while (at < text.length) {
    const kind = kindAt(text, at);
    const from = at;
    at = endOfRun(text, at, kind);
    if (kind === letter || kind === inWord) count += Math.ceil((at - from) / longestWord);
    else if (kind === mark && !isPartOfNext(text, from, at)) count += Math.ceil((at - from) / longestMarks);
  }
  return count;
}

/** A single mark right before a letter. */
function isPartOfNext(text: string, from: number, to: number): boolean {
  return to < text.length && to - from === width(text, from) && kindAt(text, to) === letter;
}

/** Where the characters of one piece end that begin at `at`. */
function endOfRun(text: string, at: number, kind: Kind): number {
  let end = at + width(text, at);
  while (end < text.length && belongsTo(kindAt(text, end), kind)) end += width(text, end);
  return end;
}

function belongsTo(next: Kind, kind: Kind): boolean {
  return next === kind || (next === letter && kind === inWord) || (next === inWord && kind === letter);
}

/** Length of the character that begins there. */
function width(text: string, at: number): number {
  if (text.charCodeAt(at) <= lastAscii) return 1;
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function kindAt(text: string, at: number): Kind {
  const code = text.charCodeAt(at);
  if (code <= lastAscii) return asciiKinds[code] as Kind;
  return kindOf(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

function kindOf(character: string): Kind {
  if (/\s/.test(character)) return blank;
  if (/\p{L}/u.test(character)) return letter;
  return /[\p{M}\p{N}]/u.test(character) ? inWord : mark;
}
