/**
 * Numbers as text, every one of them bit for bit. They come in rows, one for each route, and most stand in the row above
 * already: two bits say for each number whether it is that one, none, a whole number, in as many groups of seven bits as it
 * takes, or the eight bytes of a double. What there is of the three stands in base64, one text for each.
 */

/** The two bits. */
const [isAsAbove, isNone, isWhole, isDouble] = [0, 1, 2, 3];

/** The two bits of each, the whole numbers, the doubles. */
export type FiguresText = readonly [kinds: string, wholes: string, doubles: string];

/** Of one route, and of one eligible candidate: `decision-figures.ts`. */
export const [routeFigures, candidateFigures] = [21, 13];

/** Room for a decision among so many routes. */
export function figuresFor(routes: number): Figures {
  return new Figures(routes * (routeFigures + candidateFigures));
}

/** What is written. To be used again and again: room for numbers costs more than to write them. */
export class Figures {
  readonly #kinds: Uint8Array;
  readonly #wholes: Uint8Array;
  readonly #doubles: Float64Array;
  readonly #bytes: { readonly kinds: Buffer; readonly wholes: Buffer; readonly doubles: Buffer };
  readonly #above: Float64Array;
  #count = 0;
  #wholeBytes = 0;
  #doubleCount = 0;
  #column = 0;
  #width = 1;

  /** @param most no more are written */
  constructor(most: number) {
    this.#kinds = new Uint8Array(Math.ceil(most / 4));
    this.#wholes = new Uint8Array(5 * most);
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
      this.#putWhole(figure);
      return isWhole;
    }
    this.#doubles[this.#doubleCount] = figure;
    this.#doubleCount += 1;
    return isDouble;
  }

  #putWhole(figure: number): void {
    let rest = figure;
    for (; rest > 0x7f; rest >>>= 7) this.#wholes[this.#wholeBytes++] = (rest & 0x7f) | 0x80;
    this.#wholes[this.#wholeBytes++] = rest;
  }

  clear(): void {
    this.#kinds.fill(isAsAbove, 0, (this.#count + 3) >> 2);
    this.#count = 0;
    this.#wholeBytes = 0;
    this.#doubleCount = 0;
  }

  /** All since `clear`. */
  text(): FiguresText {
    const { kinds, wholes, doubles } = this.#bytes;
    return [
      kinds.toString('base64', 0, (this.#count + 3) >> 2),
      wholes.toString('base64', 0, this.#wholeBytes),
      doubles.toString('base64', 0, 8 * this.#doubleCount),
    ];
  }
}

/** What is read, in the order in which it was written. */
export interface FigureReader {
  /** null: there is none, or nothing is left. */
  next(): number | null;
}

export class RowReader implements FigureReader {
  readonly #kinds: Buffer;
  readonly #wholes: Buffer;
  readonly #doubles: PlainReader;
  #above: (number | null)[] = [];
  #at = 0;
  #wholeAt = 0;
  #column = 0;
  #width = 1;

  constructor([kinds, wholes, doubles]: FiguresText) {
    this.#kinds = Buffer.from(kinds, 'base64');
    this.#wholes = Buffer.from(wholes, 'base64');
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
    const kind = ((this.#kinds[at >> 2] ?? 0) >> (2 * (at & 3))) & 3;
    if (kind === isAsAbove) return this.#above[column] ?? null;
    const figure = kind === isNone ? null : kind === isWhole ? this.#whole() : this.#doubles.next();
    this.#above[column] = figure;
    return figure;
  }

  #whole(): number {
    let whole = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.#wholes[this.#wholeAt] ?? 0;
      this.#wholeAt += 1;
      whole += (byte & 0x7f) * unit;
      if (byte < 0x80) return whole;
    }
  }
}

/** Doubles side by side, as all figures of older records are. */
export class PlainReader implements FigureReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'base64');
  }

  next(): number | null {
    if (this.#at + 8 > this.#bytes.length) return null;
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return Number.isNaN(value) ? null : value;
  }
}
