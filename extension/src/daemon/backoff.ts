/**
 * How long to wait before the n-th further try: full jitter over a doubling bound, so that several windows that lost
 * the same daemon do not come back in step.
 */
export const backoffFloorMs = 250;
export const backoffCeilingMs = 30_000;

/**
 * Milliseconds in [floor, bound], where the bound doubles from 0.5 s with each try up to 30 s.
 * @param failures tries that have failed so far, from 1
 * @param random in [0, 1)
 */
export function backoffMs(failures: number, random: number): number {
  const bound = Math.min(backoffCeilingMs, backoffFloorMs * 2 ** Math.min(failures, 30));
  return Math.round(backoffFloorMs + random * (bound - backoffFloorMs));
}
