/** How long a load takes, from nothing known to loads that were seen. */
import { describe, expect, it } from 'vitest';
import { coldStartMs, learnColdStart, observedColdStartMs, readColdStartState } from './index.ts';

const atMs = 1_800_000_000_000;
const none = { route: null, node: null };
const gigabytes = (count: number) => count * 1e9;

describe('a load', () => {
  const sample = { wasCold: true, reportedMs: null, firstTokenMs: 9_000, warmFirstTokenMs: 1_000 };

  it('is what the server says it was, and else what the first token took longer', () => {
    expect(observedColdStartMs({ ...sample, reportedMs: 6_500 })).toBe(6_500);
    expect(observedColdStartMs(sample)).toBe(8_000);
    expect(observedColdStartMs({ ...sample, wasCold: false, reportedMs: 6_500 })).toBe(6_500);
  });

  it('is none where the model was there, or nothing is known', () => {
    expect(observedColdStartMs({ ...sample, reportedMs: 40 })).toBeNull();
    expect(observedColdStartMs({ ...sample, wasCold: false })).toBeNull();
    expect(observedColdStartMs({ ...sample, firstTokenMs: null })).toBeNull();
  });

  it('is never longer than the wait for the first token, nor below nothing', () => {
    expect(observedColdStartMs({ ...sample, reportedMs: 60_000 })).toBe(9_000);
    expect(observedColdStartMs({ ...sample, warmFirstTokenMs: 20_000 })).toBe(0);
    expect(observedColdStartMs({ ...sample, reportedMs: 1e9, firstTokenMs: 1e9 })).toBe(300_000);
  });
});

describe('the expected load', () => {
  it('follows the size at first, then the disk, then the model itself', () => {
    expect(coldStartMs(none, gigabytes(5), atMs)).toBe(10_500);
    expect(coldStartMs(none, null, atMs)).toBe(10_500);
    const fastDisk = { route: null, node: learnColdStart(null, 500, atMs) };
    expect(coldStartMs(fastDisk, gigabytes(5), atMs)).toBe(3_000);
    const seen = { route: learnColdStart(null, 4_000, atMs), node: null };
    expect(coldStartMs(seen, gigabytes(5), atMs)).toBeCloseTo(10_500 - (6_500 * 2) / 3);
  });

  it('leaves the size behind with each load, and returns to it over months', () => {
    let state = learnColdStart(null, 2_000, atMs);
    const now = () => coldStartMs({ route: state, node: null }, gigabytes(5), atMs);
    const once = now();
    for (let load = 0; load < 9; load += 1) state = learnColdStart(state, 2_000, atMs);
    expect(now()).toBeLessThan(once);
    expect(now()).toBeLessThan(2_500);
    const later = coldStartMs({ route: state, node: null }, gigabytes(5), atMs + 400 * 86_400_000);
    expect(later).toBeGreaterThan(9_500);
  });

  it('survives the store, and nothing else does', () => {
    const state = learnColdStart(null, 4_000, atMs);
    expect(readColdStartState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    for (const broken of [null, 'x', {}, { version: 1 }, { version: 1, mean: { value: -1, mass: 1, atMs } }])
      expect(readColdStartState(broken)).toBeNull();
  });
});
