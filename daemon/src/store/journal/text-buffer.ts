/**
 * Text on its way to the journal, as the UTF-8 that is written. Each piece goes to its place as it comes: joined to
 * strings first, most of what is stored would be copied once for its save and once more for all that is written together.
 */

const lineBreakByte = 0x0a;
const firstBytes = 256 * 1024;
/** What needed more than this gives it back. */
const keptBytes = 4 * 1024 * 1024;

export class TextBuffer {
  readonly #start: number;
  #bytes: Buffer | null = null;
  #end: number;

  /** @param before bytes to leave free before the text */
  constructor(before = 0) {
    this.#start = before;
    this.#end = before;
  }

  /** The text so far and what is before it; valid until the next piece. */
  get bytes(): Buffer {
    return this.#withRoom(0).subarray(0, this.#end);
  }

  /** Where the next piece goes. */
  get end(): number {
    return this.#end;
  }

  get isEmpty(): boolean {
    return this.#end === this.#start;
  }

  add(text: string): void {
    // No character of a string takes more.
    this.#end += this.#withRoom(3 * text.length).write(text, this.#end);
  }

  endLine(): void {
    this.#withRoom(1)[this.#end] = lineBreakByte;
    this.#end += 1;
  }

  /** Takes back what was added since `end` was this. */
  cutTo(end: number): void {
    this.#end = end;
  }

  clear(): void {
    this.#end = this.#start;
    if (this.#bytes !== null && this.#bytes.length > keptBytes) this.#bytes = null;
  }

  #withRoom(more: number): Buffer {
    const needed = this.#end + more;
    const bytes = this.#bytes;
    if (bytes !== null && needed <= bytes.length) return bytes;
    const larger = Buffer.allocUnsafeSlow(Math.max(firstBytes, needed, 2 * (bytes?.length ?? 0)));
    bytes?.copy(larger, 0, 0, this.#end);
    return (this.#bytes = larger);
  }
}
