/**
 * Gives up on a daemon that keeps dying: five losses within ten minutes. A value, not an object: each loss returns the
 * next breaker, so a test can hold any state in its hand.
 */
export const breakerLosses = 5;
export const breakerWindowMs = 10 * 60_000;

export interface CrashBreaker {
  /** Times of the losses that still count, oldest first, on the clock that `recordLoss` is given. */
  readonly lossesAtMs: readonly number[];
}

export const closedBreaker: CrashBreaker = { lossesAtMs: [] };

export function recordLoss(breaker: CrashBreaker, nowMs: number): CrashBreaker {
  const recent = breaker.lossesAtMs.filter((at) => nowMs - at < breakerWindowMs);
  return { lossesAtMs: [...recent, nowMs] };
}

export function isOpen(breaker: CrashBreaker): boolean {
  return breaker.lossesAtMs.length >= breakerLosses;
}
