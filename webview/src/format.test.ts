import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCost,
  formatCount,
  formatDuration,
  formatElapsed,
  formatMinute,
  formatMoment,
  formatMoney,
  formatRate,
  formatScore,
  formatShare,
  plural,
} from './format.ts';

describe('cost', () => {
  it.each([
    [null, 'unknown'],
    [Number.NaN, 'unknown'],
    [-1, 'unknown'],
    [0, 'free'],
    [0.000_01, '< $0.0001'],
    [0.0041, '$0.0041'],
    [0.0213, '$0.021'],
    [0.456, '$0.46'],
    [1, '$1.00'],
    [123.456, '$123.46'],
  ])('%s USD reads %s', (usd, text) => expect(formatCost(usd)).toBe(text));

  it('says why nothing is paid for a local model', () => {
    expect(formatCost(0, true)).toBe('free (local)');
    expect(formatCost(null, true)).toBe('unknown');
  });

  it('shows a sum of nothing as nothing', () => expect(formatMoney(0)).toBe('$0.00'));
});

describe('time', () => {
  it.each([
    [null, 'unknown'],
    [-5, 'unknown'],
    [0, '0 ms'],
    [0.4, '< 1 ms'],
    [874.4, '874 ms'],
    [999.6, '1.0 s'],
    [9_120, '9.1 s'],
    [9_960, '10 s'],
    [59_499, '59 s'],
    [59_600, '1 min 0 s'],
    [125_000, '2 min 5 s'],
    [3_725_000, '1 h 2 min'],
  ])('%s ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    [-100, '0 s'],
    [900, '0 s'],
    [4_900, '4 s'],
    [12_100, '12 s'],
    [61_000, '1 min 1 s'],
  ])('%s ms elapsed reads %s', (ms, text) => expect(formatElapsed(ms)).toBe(text));

  it('adds the day to a moment of another day', () => {
    const noon = new Date(2026, 10, 22, 12, 30, 5).getTime();
    expect(formatMoment(noon, noon + 60_000)).toBe('12:30:05');
    expect(formatMinute(noon, noon + 60_000)).toBe('12:30');
    expect(formatMoment(noon, noon + 86_400_000)).toBe('22 Nov, 12:30');
    expect(formatMinute(noon, noon + 86_400_000)).toBe('22 Nov, 12:30');
  });
});

describe('other numbers', () => {
  it.each([
    [null, 'unknown'],
    [0, '0 %'],
    [0.004, '< 1 %'],
    [0.976, '98 %'],
    [0.9996, '> 99 %'],
    [1, '100 %'],
  ])('share %s reads %s', (share, text) => expect(formatShare(share)).toBe(text));

  it('groups digits, and counts things', () => {
    expect(formatCount(18_412)).toBe('18,412');
    expect(formatCount(null)).toBe('unknown');
    expect(plural(1, 'file')).toBe('1 file');
    expect(plural(1_200, 'file')).toBe('1,200 files');
  });

  it('keeps scores, sizes and rates short', () => {
    expect(formatScore(0.8731)).toBe('0.87');
    expect(formatScore(null)).toBe('–');
    expect([formatBytes(999), formatBytes(15_016), formatBytes(2_400_000)]).toEqual([
      '999 B',
      '15.0 kB',
      '2.4 MB',
    ]);
    expect([formatRate(null), formatRate(3.14), formatRate(71.4)]).toEqual(['unknown', '3.1', '71']);
  });
});
