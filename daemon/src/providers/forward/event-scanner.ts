/**
 * Finds the events in the bytes of an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html) without
 * copying them, wherever the network has cut them. Lines end with LF or CRLF; a CR alone, which the standard also allows
 * and no model server sends, ends none.
 */

/** One event, comments and pings included. */
export interface ScannedEvent {
  /** With the empty line that ends it. */
  readonly bytes: Buffer;
  /** Its data fields, joined; null: it has none. */
  readonly data: string | null;
}

/** An event that never ends would be collected in memory until it does. */
const eventBytes = 8 * 1024 * 1024;

const lf = 10;
const cr = 13;
const dataField = Buffer.from('data');
const colon = 58;
const blank = 32;

export class EventScanner {
  /** Pieces of an event whose end is still to come. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** The last two bytes held. */
  #tail = '';

  /** The events that are whole with these bytes, in order. Returns null when one is larger than any honest one. */
  push(bytes: Buffer): readonly ScannedEvent[] | null {
    if (this.#held === 0) return this.#scan(bytes);
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held > eventBytes) return null;
    // An event of many pieces is put together once, when its end is there, not with each of them.
    const hasEnd = this.#hasEnd(bytes);
    this.#tail = tailOf(this.#tail, bytes);
    return hasEnd ? this.#scan(Buffer.concat(this.#pieces)) : [];
  }

  /** Whether bytes are left that are no whole event. */
  get isInside(): boolean {
    return this.#held > 0;
  }

  #hasEnd(bytes: Buffer): boolean {
    if (bytes.includes('\n\n') || bytes.includes('\n\r\n')) return true;
    const seam = this.#tail + bytes.toString('latin1', 0, 2);
    return seam.includes('\n\n') || seam.includes('\n\r\n');
  }

  #scan(bytes: Buffer): readonly ScannedEvent[] {
    const events: ScannedEvent[] = [];
    let from = 0;
    let lineFrom = 0;
    let data: string | null = null;
    for (let end = bytes.indexOf(lf); end >= 0; end = bytes.indexOf(lf, lineFrom)) {
      const lineEnd = end > lineFrom && bytes[end - 1] === cr ? end - 1 : end;
      if (lineEnd === lineFrom) {
        events.push({ bytes: bytes.subarray(from, end + 1), data });
        from = end + 1;
        data = null;
      } else {
        const value = dataOf(bytes, lineFrom, lineEnd);
        if (value !== null) data = data === null ? value : `${data}\n${value}`;
      }
      lineFrom = end + 1;
    }
    const rest = bytes.subarray(from);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    this.#tail = tailOf('', rest);
    return events;
  }
}

function tailOf(before: string, bytes: Buffer): string {
  return (before + bytes.toString('latin1', Math.max(0, bytes.length - 2))).slice(-2);
}

/** The value of a `data` field; null: the line is another one. */
function dataOf(bytes: Buffer, from: number, to: number): string | null {
  const valueFrom = from + dataField.length;
  if (bytes[from] !== dataField[0] || to < valueFrom) return null;
  if (bytes.compare(dataField, 0, dataField.length, from, valueFrom) !== 0) return null;
  if (to === valueFrom) return '';
  if (bytes[valueFrom] !== colon) return null;
  return bytes.toString('utf8', bytes[valueFrom + 1] === blank ? valueFrom + 2 : valueFrom + 1, to);
}
