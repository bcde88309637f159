/**
 * Numbers as one text: their eight bytes each, one after the other, in base64. Every number comes back bit for bit; NaN
 * says that there is none.
 */

/** What is written. To be used again and again: room for numbers costs more than to write them. */
export class Figures {
  readonly #values: Float64Array;
  readonly #bytes: Buffer;
  #count = 0;

  /** @param most no more are written */
  constructor(most: number) {
    this.#values = new Float64Array(most);
    this.#bytes = Buffer.from(this.#values.buffer);
  }

  /** null and undefined: there is none. */
  add(value: number | null | undefined): void {
    this.#values[this.#count] = value ?? Number.NaN;
    this.#count += 1;
  }

  clear(): void {
    this.#count = 0;
  }

  /** All since `clear`. */
  text(): string {
    const end = 8 * this.#count;
    return this.#bytes.toString('base64', 0, end);
  }
}

/** What is read, in the order in which it was written. */
export class FigureReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'base64');
  }

  /** null: there is none, or nothing is left. */
  next(): number | null {
    if (this.#at + 8 > this.#bytes.length) return null;
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return Number.isNaN(value) ? null : value;
  }
}
