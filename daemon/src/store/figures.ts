/**
 * Numbers as text, every one of them bit for bit. They come in rows, one for each route, and most stand in the row above
 * already: two bits say for each number whether it is that one, none, a whole number in four bytes, or the eight bytes of
 * a double. What there is of the three stands in base64, one text for each.
 */

/** The two bits. */
const [isAsAbove, isNone, isWhole, isDouble] = [0, 1, 2, 3];

/** The two bits of each, the whole numbers, the doubles. */
export type FiguresText = readonly [kinds: string, wholes: string, doubles: string];

/** What is written. To be used again and again: room for numbers costs more than to write them. */
export class Figures {
  readonly #kinds: Uint8Array;
  readonly #wholes: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: { readonly kinds: Buffer; readonly wholes: Buffer; readonly doubles: Buffer };
  readonly #above: Float64Array;
  #count = 0;
  #wholeCount = 0;
  #doubleCount = 0;
  #column = 0;
  #width = 1;

  /** @param most no more are written */
  constructor(most: number) {
    this.#kinds = new Uint8Array(Math.ceil(most / 4));
    this.#wholes = new Uint32Array(most);
    this.#doubles = new Float64Array(most);
    this.#bytes = {
      kinds: Buffer.from(this.#kinds.buffer),
      wholes: Buffer.from(this.#wholes.buffer),
      doubles: Buffer.from(this.#doubles.buffer),
    };
    this.#above = new Float64Array(most);
  }

  /** From here on rows have so many columns; above the first there is nothing. */
  rows(width: number): void {
    this.#width = width;
    this.#column = 0;
    this.#above.fill(Number.NaN, 0, width);
  }

  /** null, undefined, NaN: there is none. */
  add(value: number | null | undefined): void {
    const figure = value ?? Number.NaN;
    const at = this.#count;
    const column = this.#column;
    this.#count = at + 1;
    this.#column = column + 1 === this.#width ? 0 : column + 1;
    // Also tells -0 from 0.
    if (Object.is(figure, this.#above[column])) return;
    this.#above[column] = figure;
    this.#kinds[at >> 2] = (this.#kinds[at >> 2] ?? 0) | (this.#put(figure) << (2 * (at & 3)));
  }

  #put(figure: number): number {
    if (Number.isNaN(figure)) return isNone;
    if (figure >>> 0 === figure && !Object.is(figure, -0)) {
      this.#wholes[this.#wholeCount] = figure;
      this.#wholeCount += 1;
      return isWhole;
    }
    this.#doubles[this.#doubleCount] = figure;
    this.#doubleCount += 1;
    return isDouble;
  }

  clear(): void {
    this.#kinds.fill(isAsAbove, 0, (this.#count + 3) >> 2);
    this.#count = 0;
    this.#wholeCount = 0;
    this.#doubleCount = 0;
  }

  /** All since `clear`. */
  text(): FiguresText {
    const { kinds, wholes, doubles } = this.#bytes;
    return [
      kinds.toString('base64', 0, (this.#count + 3) >> 2),
      wholes.toString('base64', 0, 4 * this.#wholeCount),
      doubles.toString('base64', 0, 8 * this.#doubleCount),
    ];
  }
}

/** What is read, in the order in which it was written. */
export interface FigureReader {
  rows(width: number): void;
  /** null: there is none, or nothing is left. */
  next(): number | null;
}

export class RowReader implements FigureReader {
  readonly #kinds: Buffer;
  readonly #wholes: PlainReader;
  readonly #doubles: PlainReader;
  #above: (number | null)[] = [];
  #at = 0;
  #column = 0;
  #width = 1;

  constructor([kinds, wholes, doubles]: FiguresText) {
    this.#kinds = Buffer.from(kinds, 'base64');
    this.#wholes = new PlainReader(wholes, 4);
    this.#doubles = new PlainReader(doubles);
  }

  rows(width: number): void {
    this.#width = width;
    this.#column = 0;
    this.#above = [];
  }

  next(): number | null {
    const at = this.#at;
    const column = this.#column;
    this.#at = at + 1;
    this.#column = column + 1 === this.#width ? 0 : column + 1;
    const kind = ((this.#kinds[at >> 2] ?? isNone) >> (2 * (at & 3))) & 3;
    if (kind === isAsAbove) return this.#above[column] ?? null;
    const figure = kind === isWhole ? this.#wholes.next() : kind === isDouble ? this.#doubles.next() : null;
    this.#above[column] = figure;
    return figure;
  }
}

/** Numbers of one length side by side, as the figures of older records are. */
export class PlainReader implements FigureReader {
  readonly #bytes: Buffer;
  readonly #length: 4 | 8;
  #at = 0;

  constructor(text: string, length: 4 | 8 = 8) {
    this.#bytes = Buffer.from(text, 'base64');
    this.#length = length;
  }

  rows(): void {
    // It makes no difference here.
  }

  next(): number | null {
    if (this.#at + this.#length > this.#bytes.length) return null;
    const value =
      this.#length === 8 ? this.#bytes.readDoubleLE(this.#at) : this.#bytes.readUInt32LE(this.#at);
    this.#at += this.#length;
    return Number.isNaN(value) ? null : value;
  }
}
