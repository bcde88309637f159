/**
 * Waiting for a condition instead of for a time: tests are then as fast as the editor is, and not flaky when
 * it is slow.
 */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Asks `probe` again until it returns something else than `undefined` or `false`, and returns that.
 * @throws when `patienceMs` have passed, naming `what` was waited for and why the last probe failed, if it
 * did.
 */
export async function until<T>(
  what: string,
  patienceMs: number,
  probe: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  let cause: unknown;
  while (performance.now() < deadlineMs) {
    try {
      const result = await probe();
      if (result !== undefined && result !== false) return result;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`Waited ${String(patienceMs / 1000)} s in vain for ${what}.`, { cause });
}
