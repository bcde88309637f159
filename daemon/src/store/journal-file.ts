/**
 * One file of the journal: texts one after the other, each with its length, its checksum and its number, so that the end
 * of what was written whole is found after a kill. Written and read at places that the caller knows; nothing here is kept
 * but the open file.
 *
 * A text that is cut short at the end is what a kill leaves of a save that nobody was told of. Anything else that does
 * not fit is damage, as a power cut can leave it.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Turn } from './journal-signals.ts';

/** Length (4 bytes), checksum of all that follows it (4), number (8). */
const headBytes = 16;
const checkedFrom = 8;
const keptBufferBytes = 256 * 1024;
/** No text is longer; a length beyond it is damage. */
const maxTextBytes = 512 * 1024 * 1024;

export interface JournalText {
  readonly number: number;
  readonly text: string;
  /** Where the next one begins. */
  readonly end: number;
}

export interface JournalPart {
  readonly texts: readonly JournalText[];
  /** Bytes that are no text and can't be the cut-off end of one. */
  readonly isDamaged: boolean;
}

export function journalPath(historyPath: string, turn: Turn): string {
  return `${historyPath}.journal-${turn + 1}`;
}

export class JournalFile {
  readonly path: string;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafeSlow(keptBufferBytes);

  /** Makes it where there is none. Throws what the file system throws. */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  get bytes(): number {
    return fstatSync(this.#file).size;
  }

  /** Writes a text at `at`; answers where it ends. After a failure nothing of it is left, as far as that can be had. */
  write(at: number, number: number, text: string): number {
    const room = headBytes + text.length * 3;
    const buffer = room <= keptBufferBytes ? this.#buffer : Buffer.allocUnsafeSlow(room);
    const length = buffer.write(text, headBytes);
    buffer.writeUInt32LE(length, 0);
    buffer.writeDoubleLE(number, checkedFrom);
    buffer.writeUInt32LE(crc32(buffer.subarray(checkedFrom, headBytes + length)), 4);
    this.#writeWhole(buffer, headBytes + length, at);
    return at + headBytes + length;
  }

  #writeWhole(buffer: Buffer, length: number, at: number): void {
    try {
      for (let written = 0; written < length;)
        written += writeSync(this.#file, buffer, written, length - written, at + written);
    } catch (error) {
      this.cut(at);
      throw error;
    }
  }

  /** Whole texts from `from` on, at most about `most` bytes but at least one, and none that reaches beyond `end`. */
  read(from: number, end: number, most: number): JournalPart {
    const texts: JournalText[] = [];
    const until = Math.min(end, from + most);
    let at = from;
    while (at + headBytes <= end && at < until) {
      const head = this.#bytesAt(at, headBytes);
      const length = head.readUInt32LE(0);
      if (length === 0 || length > maxTextBytes) return { texts, isDamaged: true };
      if (at + headBytes + length > end) break;
      const checked = this.#bytesAt(at + checkedFrom, headBytes - checkedFrom + length);
      if (crc32(checked) !== head.readUInt32LE(4)) return { texts, isDamaged: true };
      const number = checked.readDoubleLE(0);
      at += headBytes + length;
      texts.push({ number, text: checked.toString('utf8', headBytes - checkedFrom), end: at });
    }
    return { texts, isDamaged: false };
  }

  #bytesAt(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let got = 0; got < length;) {
      const count = readSync(this.#file, bytes, got, length - got, at + got);
      if (count === 0) throw new Error(`${this.path} ends before byte ${at + length}`);
      got += count;
    }
    return bytes;
  }

  /** Best effort: what stays behind `length` is known not to be a text. */
  cut(length: number): void {
    try {
      ftruncateSync(this.#file, length);
    } catch {
      // The next text is written over it, or the next start finds that it is none.
    }
  }

  empty(): void {
    ftruncateSync(this.#file, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}
