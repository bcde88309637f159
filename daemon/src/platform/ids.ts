/**
 * Identifiers that sort by the time they were made (UUID version 7), so that rows keyed by them lie together in the
 * database and a list of them reads as a history.
 */
import { randomFillSync } from 'node:crypto';

/** For one identifier; the version takes four of their bits, and the variant two. */
const bytesEach = 10;
/** Identifiers for which the system is asked at once. */
const supply = 256;
const digits = Buffer.from('0123456789abcdef');
const version = digits[7] ?? 0;
/** Digits whose first two bits are 10. */
const variants = digits.subarray(8, 12);

/**
 * Makes identifiers for the instants that `nowMs` tells, in ms since 1970. The 74 random bits make them unguessable enough
 * to be unique, not secret. Each is written into one place and read as one string, so that nothing of its parts is left
 * behind: a call takes several, and they are kept as keys.
 */
export function createIds(nowMs: () => number): () => string {
  const random = Buffer.alloc(bytesEach * supply);
  const text = Buffer.from('00000000-0000-7000-8000-000000000000');
  let used = random.length;
  let writtenMs = 0;

  /** Two digits for each byte. */
  const write = (at: number, bytes: number): void => {
    for (let end = at + 2 * bytes; at < end; at += 2) {
      const byte = random[used++] ?? 0;
      text[at] = digits[byte >> 4] ?? 0;
      text[at + 1] = digits[byte & 15] ?? 0;
    }
  };

  return () => {
    const atMs = nowMs();
    if (atMs !== writtenMs) {
      const time = atMs.toString(16).padStart(12, '0');
      text.write(`${time.slice(0, 8)}-${time.slice(8)}`, 'latin1');
      writtenMs = atMs;
    }
    if (used === random.length) {
      randomFillSync(random);
      used = 0;
    }
    write(14, 2);
    text[14] = version;
    write(19, 2);
    text[19] = variants[(random[used - 2] ?? 0) >> 6] ?? 0;
    write(24, 6);
    return text.toString('latin1');
  };
}
