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

/** A line break divides pieces, so parts that end at one are counted each for itself. */
const partChars = 2_048;

/**
 * Counted are words and numbers, and runs of marks. Blanks are left out, and a single mark before a letter too: both may be
 * part of the word they precede. Linear in the text: a fifth of a millisecond for 256 kB of code.
 */
export function leastTokens(text: string): number {
  const floor = new TokenFloor(text);
  floor.goOn();
  return floor.tokens;
}

/** The same by and by, for somebody who has other things to do in between. */
export class TokenFloor {
  /** Of what was read. */
  tokens = 0;
  readonly #text: string;
  readonly #others: Others = new Map();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads on for about so many characters; a thousand take a microsecond. False: that was the last. */
  goOn(chars = Infinity): boolean {
    const text = this.#text;
    const until = Math.min(text.length, this.#at + chars);
    while (this.#at < until) {
      const end = text.indexOf('\n', this.#at + partChars);
      const to = end < 0 ? text.length : end;
      this.tokens += countAscii(text, this.#at, to) ?? countPieces(text, this.#at, to, this.#others);
      this.#at = to;
    }
    return this.#at < text.length;
  }
}

/** In a row of four, all of them belong to one piece. */
const isRow = 16;

/**
 * What four characters add to the count depends on their kinds and on those of the two before them: by these six kinds, the
 * older the higher, how many tokens begin or turn out to be there, and `isRow`.
 */
const fours = Uint8Array.from({ length: 4 ** 6 }, (_, kinds) => {
  let tokens = 0;
  for (let at = 3; at >= 0; at -= 1) tokens += tokensAt((kinds >> (2 * at)) & 63);
  const pieces = [0, 2, 4, 6].map((bits) => pieceOf(((kinds >> bits) & 3) as Kind));
  return tokens + (pieces[0] !== blank && pieces.every((piece) => piece === pieces[0]) ? isRow : 0);
});

/** A word begins; or the mark before is the only one of its run, and will be part of no word. */
function tokensAt(kinds: number): number {
  const [beforeLast, last, now] = [(kinds >> 4) as Kind, ((kinds >> 2) & 3) as Kind, (kinds & 3) as Kind];
  const beginsWord = pieceOf(now) === letter && pieceOf(last) !== letter;
  const settlesMark = last === mark && beforeLast !== mark && now !== letter;
  return Number(beginsWord) + Number(settlesMark);
}

/** Every piece that is too long has so many rows one behind the other, wherever it begins; as bits. */
const longRows = 2 ** ((Math.min(longestWord, longestMarks) - 2) >> 2) - 1;

/**
 * The count of a part, four characters a step and without a branch for each, which would be guessed wrong at every second
 * word; null: not all of it is ASCII. Behind the part is a blank, or nothing.
 */
function countAscii(text: string, from: number, to: number): number | null {
  let count = 0;
  let kinds = 0;
  let all = 0;
  let rows = 0;
  /** End of the piece that was last looked at for its length. */
  let known = from;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    all |= a | b | c | d;
    kinds =
      ((kinds & 15) << 8) | (asciiKind(a) << 6) | (asciiKind(b) << 4) | (asciiKind(c) << 2) | asciiKind(d);
    const four = fours[kinds] ?? 0;
    count += four & (isRow - 1);
    rows = (rows << 1) | (four >> 4);
    if ((rows & longRows) === longRows && at >= known) {
      const piece = asciiPiece(text, at);
      count += moreTokens(piece);
      known = piece.to;
    }
  }
  // The rest, and as many blanks as make a mark at the end known for what it is.
  for (let step = 0; step < 4; step += 1) {
    const code = at + step < to ? text.charCodeAt(at + step) : space;
    all |= code;
    kinds = ((kinds & 15) << 2) | asciiKind(code);
    count += tokensAt(kinds);
  }
  return all > lastAscii ? null : count;
}

const space = 32;

/** Only what is asked of ASCII is used. */
function asciiKind(code: number): number {
  return asciiKinds[code & lastAscii] ?? 0;
}

interface AsciiPiece {
  readonly piece: Piece | null;
  readonly from: number;
  readonly to: number;
}

/** The piece around `at`. */
function asciiPiece(text: string, at: number): AsciiPiece {
  const piece = asciiPieceAt(text, at);
  let from = at;
  while (from > 0 && asciiPieceAt(text, from - 1) === piece) from -= 1;
  let to = at + 1;
  while (to < text.length && asciiPieceAt(text, to) === piece) to += 1;
  return { piece, from, to };
}

/** What a piece has beyond its first token. */
function moreTokens({ piece, from, to }: AsciiPiece): number {
  return Math.ceil((to - from) / (piece === mark ? longestMarks : longestWord)) - 1;
}

/** null: no ASCII. */
function asciiPieceAt(text: string, at: number): Piece | null {
  const kind = asciiKinds[text.charCodeAt(at)];
  return kind === undefined ? null : pieceOf(kind as Kind);
}

/** Kinds of the other characters that the text at hand was found to have: no text has many different ones. */
type Others = Map<number, Kind>;

/** What belongs to one piece: letters and what is in words alike. */
type Piece = typeof blank | typeof letter | typeof mark;

/** The same count, of any text. */
function countPieces(text: string, start: number, to: number, others: Others): number {
  let count = 0;
  let at = start;
  while (at < to) {
    const piece = pieceOf(kindAt(text, at, others));
    const from = at;
    at = endOfPiece(text, at + width(text, at), piece, others);
    if (piece === letter) count += Math.ceil((at - from) / longestWord);
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
  while (end < text.length && pieceOf(kindAt(text, end, others)) === piece) end += width(text, end);
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
