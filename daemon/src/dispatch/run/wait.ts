/** Waits until a moment of the given clock, or until aborted. */
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../engine/index.ts';

/** Resolves false when aborted. */
export async function waitUntil(atMs: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const ms = Math.max(0, atMs - clock.nowMs());
  return setTimeout(ms, true, { signal }).catch(() => false);
}
