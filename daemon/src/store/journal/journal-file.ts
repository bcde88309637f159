/**
 * One file of the journal: texts one after the other, each with its length, its checksum and its number, so that the end
 * of what was written whole is found after a kill. Written and read at places that the caller knows; nothing here is kept
 * but the open file.
 *
 * A text that is cut short at the end is what a kill leaves of a save that nobody was told of. Anything else that does
 * not fit is damage, as a power cut can leave it.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Turn } from './journal-signals.ts';
import { StorageError } from '../storage-problem.ts';
import { TextBuffer } from './text-buffer.ts';

/** Length (4 bytes), checksum of all that follows it (4), number (8). */
const headBytes = 16;
const checkedFrom = 8;
const keptReadBytes = 1024 * 1024;
const leastReadBytes = 4 * 1024;
/** No text is longer; a length beyond it is damage. */
const maxTextBytes = 512 * 1024 * 1024;

export interface JournalText {
  readonly number: number;
  /** UTF-8, valid until its file is read again. */
  readonly text: Buffer;
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
  readonly #text = new TextBuffer(headBytes);
  #readBuffer: Buffer | null = null;

  /** Makes it where there is none. Throws what the file system throws. */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  get bytes(): number {
    return fstatSync(this.#file).size;
  }

  /**
   * Writes at `at` the text that `fill` puts together; answers where it ends, which is `at` where there is none. After a failure
   * nothing of it is left, as far as that can be had.
   */
  write(at: number, number: number, fill: (text: TextBuffer) => void): number {
    const text = this.#text;
    text.clear();
    fill(text);
    if (text.isEmpty) return at;
    const { bytes } = text;
    bytes.writeUInt32LE(bytes.length - headBytes, 0);
    bytes.writeDoubleLE(number, checkedFrom);
    bytes.writeUInt32LE(crc32(bytes.subarray(checkedFrom)), 4);
    this.#writeWhole(bytes, at);
    return at + bytes.length;
  }

  #writeWhole(bytes: Buffer, at: number): void {
    const { length } = bytes;
    try {
      for (let written = 0; written < length;)
        written += writeSync(this.#file, bytes, written, length - written, at + written);
    } catch (error) {
      this.cut(at);
      throw error;
    }
  }

  /** Whole texts from `from` on, about `most` bytes of them but at least one, and none that reaches beyond `end`. */
  read(from: number, end: number, most: number): JournalPart {
    const length = Math.min(Math.max(most, leastReadBytes), end - from);
    const part = textsOf(this.#bytesAt(from, length), from);
    // One that is longer than all that was read.
    const isCutShort = part.texts.length === 0 && part.needed > length && from + part.needed <= end;
    return isCutShort ? textsOf(this.#bytesAt(from, part.needed), from) : part;
  }

  /** Valid until the next call: a new buffer for each would keep the collector of garbage busy. */
  #bytesAt(at: number, length: number): Buffer {
    const isShort = length <= keptReadBytes;
    if (isShort) this.#readBuffer ??= Buffer.allocUnsafeSlow(keptReadBytes);
    const bytes = (isShort ? this.#readBuffer : null) ?? Buffer.allocUnsafeSlow(length);
    for (let got = 0; got < length;) {
      const count = readSync(this.#file, bytes, got, length - got, at + got);
      if (count === 0) throw new StorageError('JOURNAL_DAMAGED', `${this.path} ends before ${at + length}`);
      got += count;
    }
    return bytes.subarray(0, length);
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

/** `from`: the place of the first byte in its file. */
function textsOf(bytes: Buffer, from: number): JournalPart & { readonly needed: number } {
  const texts: JournalText[] = [];
  let at = 0;
  while (at + headBytes <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const end = at + headBytes + length;
    if (length === 0 || length > maxTextBytes) return { texts, isDamaged: true, needed: 0 };
    if (end > bytes.length) return { texts, isDamaged: false, needed: end - at };
    if (crc32(bytes.subarray(at + checkedFrom, end)) !== bytes.readUInt32LE(at + 4))
      return { texts, isDamaged: true, needed: 0 };
    const number = bytes.readDoubleLE(at + checkedFrom);
    texts.push({ number, text: bytes.subarray(at + headBytes, end), end: from + end });
    at = end;
  }
  return { texts, isDamaged: false, needed: 0 };
}
