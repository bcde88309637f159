/**
 * Which patterns may match a text at all. Each names words of which one stands, whole, in everything it matches; one pass over
 * the text finds those that are there. Most patterns then need not be tried, which costs more than the pass, and most of all
 * where their code is not at hand.
 */

/** A pattern in lower case. In a match stands one of its words, without a letter right before or behind it. */
export interface Clued {
  readonly pattern: RegExp;
  /** With blanks between them; letters a to z. */
  readonly words: string;
}

/** Patterns of a list that may match, as bits by their places in it. */
export type Chances = number;

/** Reads a text for a list of at most 32 patterns. */
export type ClueReader = (text: string) => Chances;

/** Places for each word, so that nearly every other word meets an empty one. */
const placesPerWord = 8;

export function createClueReader(list: readonly Pick<Clued, 'words'>[]): ClueReader {
  const entries = list.flatMap(({ words }, at) => words.split(' ').map((word) => [word, 1 << at] as const));
  const mask = 2 ** Math.ceil(Math.log2(placesPerWord * entries.length)) - 1;
  // Words are known by their hashes: one that has another's is a try too many, and no more.
  const hashes = new Int32Array(mask + 1);
  const chances = new Int32Array(mask + 1);
  for (const [word, chance] of entries) {
    const place = placeOf(hashOf(word), hashes);
    hashes[place] = hashOf(word);
    chances[place] = (chances[place] ?? 0) | chance;
  }
  return (text) => {
    let found = 0;
    let hash = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code >= 97 && code <= 122) hash = (Math.imul(hash, 31) + code) | 0;
      else if (hash !== 0) {
        found |= chances[placeOf(hash, hashes)] ?? 0;
        hash = 0;
      }
    }
    return found | (chances[placeOf(hash, hashes)] ?? 0);
  };
}

/** Where a hash stands, or may be put. */
function placeOf(hash: number, hashes: Int32Array): number {
  const mask = hashes.length - 1;
  let place = (hash ^ (hash >>> 15)) & mask;
  while (hashes[place] !== hash && hashes[place] !== 0) place = (place + 1) & mask;
  return place;
}

function hashOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at += 1) hash = (Math.imul(hash, 31) + word.charCodeAt(at)) | 0;
  return hash;
}

/** Whether the pattern at that place of the list may match. */
export function hasChance(chances: Chances, at: number): boolean {
  return ((chances >> at) & 1) === 1;
}
