/**
 * Seeded randomness. mulberry32 (public domain): one 32-bit state, full period, good enough for ties and jitter, and
 * short enough that a stored seed replays a decision anywhere. Not for secrets.
 */

/** Uniform numbers in [0, 1); the same seed gives the same numbers. Any finite seed is taken, folded to 32 bits. */
export function createRandom(seed: number): { next(): number } {
  let state = foldSeed(seed);
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** A seed for one named thing out of a common seed, so that adding a thing never changes another's draw (FNV-1a). */
export function seedFor(seed: number, name: string): number {
  let hash = foldSeed(seed) ^ 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}

/** Also keeps what lies above 32 bits, so that seeds taken from a clock in ms stay apart. */
function foldSeed(seed: number): number {
  const whole = Math.floor(seed);
  return (whole ^ Math.floor(whole / 4_294_967_296)) | 0;
}
