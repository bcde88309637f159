/**
 * How long calls take, as quantiles over the last hour and the last week: a mean hides the call that everybody waits for.
 * Sketches (DDSketch, 1 % relative error) per minute and per hour, merged for a window. They are derived from the stored
 * attempts and made anew from them at the start, so nothing of them is stored.
 */
import { DDSketch } from '@datadog/sketches-js';
import type { AttemptRecord } from '../../store/records.ts';

export interface Quantiles {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export type QuantileWindow = 'hour' | 'week';

interface Slot {
  readonly at: number;
  readonly sketch: DDSketch;
}

const relativeAccuracy = 0.01;
/** Slots and their length; a window is all slots of one ring. */
const rings: Readonly<Record<QuantileWindow, { readonly slotMs: number; readonly slots: number }>> = {
  hour: { slotMs: 60_000, slots: 60 },
  week: { slotMs: 3_600_000, slots: 168 },
};
const windows = Object.keys(rings) as QuantileWindow[];
/** Attempts that the start reads again; a lone developer makes fewer in a week. */
export const restoredAttempts = { sinceMs: 168 * 3_600_000, limit: 5_000 };

export class RouteQuantiles {
  readonly #rings = new Map<string, Readonly<Record<QuantileWindow, Slot[]>>>();

  /** From stored attempts, in any order. */
  restore(attempts: readonly AttemptRecord[]): void {
    const ended = attempts.flatMap(({ routeId, result }) => (result === null ? [] : [{ routeId, result }]));
    for (const { routeId, result } of ended.sort((a, b) => a.result.endedAtMs - b.result.endedAtMs)) {
      if (result.status === 'succeeded') this.add(routeId, result.totalMs, result.endedAtMs);
    }
  }

  /** One answered call. */
  add(routeId: string, totalMs: number, atMs: number): void {
    if (!(totalMs >= 0 && totalMs < Infinity)) return;
    const known = this.#rings.get(routeId) ?? { hour: [], week: [] };
    if (known.hour.length === 0) this.#rings.set(routeId, known);
    for (const window of windows) addTo(known[window], rings[window], { totalMs, atMs });
  }

  /** null: no answered call in the window. */
  of(routeId: string, window: QuantileWindow, nowMs: number): Quantiles | null {
    const { slotMs, slots } = rings[window];
    const merged = new DDSketch({ relativeAccuracy });
    const oldest = Math.floor(nowMs / slotMs) - slots;
    for (const { at, sketch } of this.#rings.get(routeId)?.[window] ?? [])
      if (at > oldest) merged.merge(sketch);
    if (merged.count === 0) return null;
    return {
      calls: merged.count,
      p50Ms: merged.getValueAtQuantile(0.5),
      p95Ms: merged.getValueAtQuantile(0.95),
    };
  }

  clear(): void {
    this.#rings.clear();
  }
}

function addTo(
  ring: Slot[],
  { slotMs, slots }: { readonly slotMs: number; readonly slots: number },
  call: { readonly totalMs: number; readonly atMs: number },
): void {
  const newest = ring.at(-1);
  // A clock that stepped back adds to the newest slot.
  const at = Math.max(Math.floor(call.atMs / slotMs), newest?.at ?? 0);
  const slot = newest?.at === at ? newest : { at, sketch: new DDSketch({ relativeAccuracy }) };
  if (slot !== newest) ring.push(slot);
  slot.sketch.accept(call.totalMs);
  while ((ring[0]?.at ?? at) <= at - slots) ring.shift();
}
