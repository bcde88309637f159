/** Waits until a moment of the given clock, or until aborted. */
import type { Clock } from '../../engine/index.ts';

/** Resolves false when aborted. */
export function waitUntil(atMs: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isTime: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(isTime);
    };
    const onAbort = () => end(false);
    const timer = setTimeout(() => end(true), Math.max(0, atMs - clock.nowMs()));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
