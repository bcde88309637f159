/**
 * Finds the events in the bytes of an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html) without
 * copying them, wherever the network has cut them. Lines end with LF or CRLF; a CR alone, which the standard also allows
 * and no model server sends, ends none.
 *
 * What came in one read is looked through as text of one byte a character: places in it are places in the bytes, and finding
 * and cutting takes a third of what it takes in a buffer.
 */
import { isAscii } from 'node:buffer';

/** An event that never ends would be collected in memory until it does. */
const eventBytes = 8 * 1024 * 1024;

const cr = 13;
const letterD = 100;
const colon = 58;
const blank = 32;
const dataField = 'data';
const none = Buffer.alloc(0);

export class EventScanner {
  /** Where the event stands that `next` found: [from, to) of `bytes`, with the empty line that ends it. */
  bytes: Buffer = none;
  from = 0;
  to = 0;
  /** Its data fields, joined; null: it has none, as comments and pings. */
  data: string | null = null;
  /** The bytes once more. */
  #text = '';
  #isAscii = true;
  /** Pieces of an event whose end is still to come. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** The last two bytes held. */
  #tail = '';

  /** More bytes of the stream; all events before them have been taken. False: one is larger than any honest one. */
  push(bytes: Buffer): boolean {
    if (this.#held === 0) {
      this.#begin(bytes);
      return true;
    }
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held > eventBytes) return false;
    // An event of many pieces is put together once, when its end is there, not with each of them.
    const hasEnd = this.#hasEnd(bytes);
    this.#tail = tailOf(this.#tail, bytes);
    if (hasEnd) this.#begin(Buffer.concat(this.#pieces));
    return true;
  }

  /** Goes on to the next event that is whole; false: there is none. */
  next(): boolean {
    const text = this.#text;
    const from = this.to;
    let lineFrom = from;
    this.data = null;
    for (let end = text.indexOf('\n', from); end >= 0; end = text.indexOf('\n', lineFrom)) {
      const lineEnd = end > lineFrom && text.charCodeAt(end - 1) === cr ? end - 1 : end;
      if (lineEnd === lineFrom) {
        this.from = from;
        this.to = end + 1;
        return true;
      }
      if (text.charCodeAt(lineFrom) === letterD) this.#readLine(lineFrom, lineEnd);
      lineFrom = end + 1;
    }
    if (text !== '') this.#hold(from);
    return false;
  }

  /** Whether bytes are left that are no whole event. */
  get isInside(): boolean {
    return this.#held > 0;
  }

  #begin(bytes: Buffer): void {
    this.bytes = bytes;
    this.to = 0;
    this.#text = bytes.toString('latin1');
    this.#isAscii = isAscii(bytes);
  }

  #hold(from: number): void {
    this.#text = '';
    this.#held = this.bytes.length - from;
    if (this.#held === 0) {
      if (this.#pieces.length > 0) this.#pieces = [];
      return;
    }
    const rest = this.bytes.subarray(from);
    this.#pieces = [rest];
    this.#tail = tailOf('', rest);
  }

  #hasEnd(bytes: Buffer): boolean {
    if (bytes.includes('\n\n') || bytes.includes('\n\r\n')) return true;
    const seam = this.#tail + bytes.toString('latin1', 0, 2);
    return seam.includes('\n\n') || seam.includes('\n\r\n');
  }

  /** Keeps the value of a `data` field; any other line is nothing. */
  #readLine(from: number, to: number): void {
    const text = this.#text;
    const nameEnd = from + dataField.length;
    if (to < nameEnd || !text.startsWith(dataField, from)) return;
    if (to > nameEnd && text.charCodeAt(nameEnd) !== colon) return;
    const valueFrom = text.charCodeAt(nameEnd + 1) === blank ? nameEnd + 2 : nameEnd + 1;
    const value = this.#isAscii
      ? text.slice(valueFrom, to)
      : this.bytes.toString('utf8', Math.min(valueFrom, to), to);
    this.data = this.data === null ? value : `${this.data}\n${value}`;
  }
}

function tailOf(before: string, bytes: Buffer): string {
  return (before + bytes.toString('latin1', Math.max(0, bytes.length - 2))).slice(-2);
}
