/**
 * How much slower than its law a route is right now. The newest call always weighs something and an old value is soon
 * outweighed; where nothing is seen the value decays to 1. That decay is the way back: a route that was slow minutes ago
 * is tried again without any probe.
 */
import { balance } from '../config/balancing.ts';
import { clamp } from '../math/clamp.ts';
import type { Slowness } from './model.ts';

/** At `nowMs`; 1 where nothing was seen. */
export function slownessAt(slowness: Slowness | null, nowMs: number): number {
  if (slowness === null) return 1;
  const silentMs = Math.max(0, nowMs - slowness.atMs);
  return 1 + (slowness.value - 1) * Math.exp(-silentMs / balance.slowDecayMs);
}

/** Folds in one call that took `ratio` times what its length predicted. */
export function observeSlowness(before: Slowness | null, ratio: number, atMs: number): Slowness {
  const observed = clamp(ratio, balance.minSlowness, balance.maxSlowness);
  const atLast = before?.atMs ?? atMs;
  const fresh = 1 - 2 ** (-Math.max(0, atMs - atLast) / balance.slowHalfLifeMs);
  const weight = Math.max(before === null ? balance.slowFirstWeight : balance.slowLeastWeight, fresh);
  const known = slownessAt(before, atMs);
  return { value: known + weight * (observed - known), atMs: Math.max(atLast, atMs) };
}
