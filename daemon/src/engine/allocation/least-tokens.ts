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

/** What begins here belongs to one piece: letters and what is in words alike. */
type Piece = typeof blank | typeof letter | typeof mark;
const asciiPieces = asciiKinds.map((kind) => pieceOf(kind as Kind));

/** Kinds of the other characters that the text at hand was found to have: no text has many different ones. */
type Others = Map<number, Kind>;

/**
 * Counted are words and numbers, and runs of marks. Blanks are left out, and a single mark before a letter too: both may be
 * part of the word they precede. Linear in the text: a third of a millisecond for 256 kB of code.
 */
export function leastTokens(text: string): number {
  const others: Others = new Map();
  let count = 0;
  let at = 0;
  while (at < text.length) {
    const piece = pieceOf(kindAt(text, at, others));
    const from = at;
    at = endOfPiece(text, at + width(text, at), piece, others);
    if (piece === letter) count += at - from <= longestWord ? 1 : Math.ceil((at - from) / longestWord);
    else if (piece === mark && !isPartOfNext(text, from, at, others)) {
      count += Math.ceil((at - from) / longestMarks);
    }
  }
  return count;
}

/** A single mark right before a letter. */
function isPartOfNext(text: string, from: number, to: number, others: Others): boolean {
  return to < text.length && to - from === width(text, from) && kindAt(text, to, others) === letter;
}

/** Where the characters of a piece end that go on at `from`. */
function endOfPiece(text: string, from: number, piece: Piece, others: Others): number {
  let end = from;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code <= lastAscii) {
      if (asciiPieces[code] !== piece) return end;
      end += 1;
    } else {
      if (pieceOf(kindAt(text, end, others)) !== piece) return end;
      end += width(text, end);
    }
  }
  return end;
}

/** Length of the character that begins there. */
function width(text: string, at: number): number {
  if (text.charCodeAt(at) <= lastAscii) return 1;
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function kindAt(text: string, at: number, others: Others): Kind {
  const code = text.charCodeAt(at);
  if (code <= lastAscii) return asciiKinds[code] as Kind;
  const point = text.codePointAt(at) ?? 0;
  let kind = others.get(point);
  if (kind === undefined) {
    kind = kindOf(String.fromCodePoint(point));
    others.set(point, kind);
  }
  return kind;
}

function pieceOf(kind: Kind): Piece {
  return kind === inWord ? letter : kind;
}

function kindOf(character: string): Kind {
  if (/\s/.test(character)) return blank;
  if (/\p{L}/u.test(character)) return letter;
  return /[\p{M}\p{N}]/u.test(character) ? inWord : mark;
}
