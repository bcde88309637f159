import { expect, it } from 'vitest';
import { FailureMeter } from './failure-meter.ts';

it('lets ten failures a minute pass and slows the rest', () => {
  let nowMs = 0;
  const meter = new FailureMeter({ nowMs: () => nowMs });
  const waits = Array.from({ length: 12 }, () => meter.record());
  expect(waits).toEqual([...Array.from({ length: 10 }, () => 0), 1_000, 1_000]);
  nowMs = 59_999;
  expect(meter.record()).toBe(1_000);
  nowMs = 61_000;
  expect(meter.record()).toBe(0);
});
