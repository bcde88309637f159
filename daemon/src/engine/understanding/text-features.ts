/**
 * A prompt as numbers: signed hashed word 1- and 2-grams and character 3- to 5-grams, weighted by idf, of length 1.
 *
 * Hashing needs no vocabulary, so nobody's prompt can be read out of the weights. One pass over the characters does
 * everything; counts and the vector stand in scratch arrays that the extractor owns, so that a prompt costs no garbage
 * but the two views of its vector. Counts are taken per bucket: features that meet in one bucket meet before the
 * logarithm.
 */
import type { SparseVector } from '../math/sparse.ts';
import { plainPrompt } from './normalize.ts';

export interface TextFeatureOptions {
  /** There are 2^bits buckets; 8 to 20. */
  readonly bits: number;
  /** Weight per bucket; absent: 1 everywhere, for counting in how many prompts a bucket occurs. */
  readonly idf?: Float32Array;
}

export interface TextFeatures {
  readonly buckets: number;
  /** Unit vector of a prompt; without any bucket when the prompt has no visible character. */
  extract(prompt: string): SparseVector;
  /** The same of a text as `plainPrompt` leaves it, in the extractor's own arrays: it is gone with the next call. */
  read(plain: string): SparseVector;
}

/** Characters whose words count, white space collapsed. */
const wordChars = 8_000;
/** Characters whose n-grams count: they say what words say, so the beginning is enough. */
const gramChars = 3_000;

/** Families are salted apart: the word "for" is not the 3-gram "for". */
const salts = { word: 0x1b873593, pair: 0x2545f491, gram3: 0x3c6ef372, gram4: 0x165667b1, gram5: 0x27d4eb2f };
const prime = 0x01000193;
const base = 0x9e3779b1;
const base2 = Math.imul(base, base);
const base3 = Math.imul(base2, base);
const base4 = Math.imul(base3, base);

const blank = 32;
const letter = 1;
const digit = 2;
const single = 3;

/** Creates an extractor with its scratch arrays. */
export function createTextFeatures({ bits, idf }: TextFeatureOptions): TextFeatures {
  if (!(bits >= 8 && bits <= 20)) throw new RangeError(`bits must be 8 to 20, not ${bits}`);
  const buckets = 2 ** bits;
  if (idf !== undefined && idf.length !== buckets) throw new RangeError(`idf must have ${buckets} weights`);
  const mostFeatures = Math.min(buckets, 2 * wordChars + 3 * gramChars);
  const scratch: Scratch = {
    counts: new Int16Array(buckets),
    touched: new Uint32Array(buckets >>> 5),
    indices: new Uint32Array(mostFeatures),
    values: new Float32Array(mostFeatures),
  };
  const read = (plain: string) => {
    countFeatures(plain, scratch);
    return unitVector(scratch, idf);
  };
  return {
    buckets,
    read,
    extract(prompt) {
      const { indices, values } = read(plainPrompt(prompt));
      return { indices: indices.slice(), values: values.slice() };
    },
  };
}

interface Scratch {
  /** Signed counts per bucket; all 0 between two texts. No text has more features than fit. */
  readonly counts: Int16Array;
  /** A bit per bucket that was counted: a short prompt touches few of them. */
  readonly touched: Uint32Array;
  /** The vector that was read last. */
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** Adds every feature of the text to its bucket, with its sign. */
// eslint-disable-next-line complexity -- one pass over the characters: taking it apart would read the prompt five times
function countFeatures(text: string, { counts, touched }: Scratch): void {
  let [c1, c2, c3, c4] = [0, 0, 0, 0];
  let [chars, word, wordClass, previousWord] = [0, 0, 0, 0];
  for (let at = 0; at < text.length && chars < wordChars; at += 1) {
    let code = text.charCodeAt(at);
    const kind = classOf(code);
    if (kind === 0) {
      if (c1 === blank) continue;
      code = blank;
    }
    chars += 1;

    if (wordClass !== 0 && (kind !== wordClass || kind === single)) {
      previousWord = closeWord(word, previousWord, counts, touched);
      wordClass = 0;
    }
    if (kind !== 0) {
      word = Math.imul((wordClass === 0 ? salts.word : word) ^ code, prime);
      wordClass = kind;
    }

    if (chars <= gramChars) {
      const three = Math.imul(c2, base2) + Math.imul(c1, base) + code;
      if (chars >= 3) count(three ^ salts.gram3, counts, touched);
      if (chars >= 4) count((three + Math.imul(c3, base3)) ^ salts.gram4, counts, touched);
      if (chars >= 5)
        count((three + Math.imul(c3, base3) + Math.imul(c4, base4)) ^ salts.gram5, counts, touched);
    }
    c4 = c3;
    c3 = c2;
    c2 = c1;
    c1 = code;
  }
  if (wordClass !== 0) closeWord(word, previousWord, counts, touched);
}

function closeWord(word: number, previous: number, counts: Int16Array, touched: Uint32Array): number {
  count(word, counts, touched);
  if (previous !== 0) count(Math.imul(previous, 31) ^ word ^ salts.pair, counts, touched);
  return word;
}

/** Letters run together, digits run together, any other visible character stands alone; 0: white space. */
// eslint-disable-next-line complexity -- ranges of character codes, asked for every character: a table would be slower
function classOf(code: number): number {
  if (code >= 97 && code <= 122) return letter;
  if (code <= blank) return 0;
  if (code < 128) return code >= 48 && code <= 57 ? digit : code === 95 ? letter : single;
  if (code === 0xa0 || code === 0x2028 || code === 0x2029 || code === 0x3000 || code === 0xfeff) return 0;
  // Letters of alphabets run together; from the CJK blocks on, a character is a word.
  return code >= 0xaa && code < 0x2000 ? letter : single;
}

function count(hash: number, counts: Int16Array, touched: Uint32Array): void {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  mixed ^= mixed >>> 16;
  const bucket = mixed & (counts.length - 1);
  // Its sign without a branch, which would be guessed wrong half of the time.
  counts[bucket] = (counts[bucket] ?? 0) + ((mixed >> 31) | 1);
  touched[bucket >>> 5] = (touched[bucket >>> 5] ?? 0) | (1 << (bucket & 31));
}

/** For the counts that occur, from the least on: a logarithm costs more than everything else about a bucket. */
const mostInTable = 511;
const dampedCounts = Float64Array.from({ length: 2 * mostInTable + 1 }, (_, at) => logOf(at - mostInTable));

/** sign * (1 + ln |count|) */
function damped(times: number): number {
  return dampedCounts[times + mostInTable] ?? logOf(times);
}

function logOf(times: number): number {
  return Math.sign(times) * (1 + Math.log(Math.max(1, Math.abs(times))));
}

/** Empties the counts into a vector of length 1. */
function unitVector(
  { counts, touched, indices, values }: Scratch,
  idf: Float32Array | undefined,
): SparseVector {
  let size = 0;
  let squares = 0;
  for (let word = 0; word < touched.length; word += 1) {
    for (let bits = touched[word] ?? 0; bits !== 0; bits &= bits - 1) {
      const bucket = (word << 5) + 31 - Math.clz32(bits & -bits);
      const times = counts[bucket] ?? 0;
      counts[bucket] = 0;
      // Two features of opposite sign may have met here.
      if (times === 0) continue;
      const weight = idf === undefined ? 1 : (idf[bucket] ?? 0);
      const value = weight * damped(times);
      indices[size] = bucket;
      values[size] = value;
      squares += value * value;
      size += 1;
    }
    touched[word] = 0;
  }
  const factor = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let index = 0; index < size; index += 1) values[index] = (values[index] ?? 0) * factor;
  return { indices: indices.subarray(0, size), values: values.subarray(0, size) };
}
