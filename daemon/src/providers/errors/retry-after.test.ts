import { describe, expect, it } from 'vitest';
import { durationMs, retryAfterMs } from './retry-after.ts';

const nowMs = Date.parse('2026-11-22T10:00:00Z');
const hints = (headers: Record<string, string>, text = '', limited = true) =>
  retryAfterMs({ headers, text, limited, nowMs });

describe('retryAfterMs', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': ' 1.5 ' }, 1_500],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:01:00 GMT' }, 60_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': '2', 'retry-after-ms': '2500' }, 2_500],
    [{ 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '6m0s' }, 360_000],
    [{ 'x-ratelimit-reset-tokens': '57' }, 57_000],
    [{ 'x-ratelimit-reset': String(nowMs / 1000 + 30) }, 30_000],
    [{ 'x-ratelimit-reset': String(nowMs + 45_000) }, 45_000],
    [
      {
        'anthropic-ratelimit-tokens-reset': '2026-11-22T10:00:20Z',
        'anthropic-ratelimit-tokens-remaining': '0',
      },
      20_000,
    ],
  ])('%j is %i ms', (headers, expected) => {
    expect(hints(headers)).toBe(expected);
  });

  it.each([
    {},
    { 'retry-after': '' },
    { 'retry-after': 'soon' },
    { 'retry-after': '-1' },
    { 'retry-after': '2026' + '0'.repeat(90) },
    { 'x-ratelimit-reset': 'x' },
  ])('%j says nothing', (headers) => {
    expect(hints(headers as Record<string, string>)).toBeNull();
  });

  it('takes the latest: no promise is broken', () => {
    expect(
      hints({ 'retry-after': '5', 'x-ratelimit-reset-tokens': '20s', 'x-ratelimit-remaining-tokens': '0' }),
    ).toBe(20_000);
    expect(hints({ 'retry-after': '30', 'x-ratelimit-reset-tokens': '20s' })).toBe(30_000);
  });

  it('ignores a limit that has something left, and all of them when the failure is another one', () => {
    expect(hints({ 'x-ratelimit-reset-tokens': '6m', 'x-ratelimit-remaining-tokens': '100' })).toBeNull();
    expect(
      hints({
        'anthropic-ratelimit-requests-reset': '2026-11-22T11:00:00Z',
        'anthropic-ratelimit-requests-remaining': '9',
      }),
    ).toBeNull();
    expect(hints({ 'x-ratelimit-reset-tokens': '6m' }, '', false)).toBeNull();
    expect(hints({ 'retry-after': '3' }, '', false)).toBe(3_000);
  });

  it('compares with the clock of the server when ours is wrong', () => {
    const headers = { date: 'Sun, 22 Nov 2026 12:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 12:00:10 GMT' };
    expect(hints(headers)).toBe(10_000);
  });

  it('reads the sentence', () => {
    expect(hints({}, 'Please try again in 7.66s. Visit …')).toBe(7_660);
    expect(hints({}, 'Please retry in 25.465784708s.')).toBe(25_466);
    expect(hints({}, 'try again in 1m30s')).toBe(90_000);
    expect(hints({}, 'Please try again in a moment, or later.')).toBeNull();
  });

  it('believes no wait beyond a month', () => {
    expect(hints({ 'retry-after': '999999999999' })).toBe(31 * 24 * 3_600_000);
  });
});

describe('durationMs', () => {
  it.each([
    ['34.07s', 34_070],
    ['6m0s', 360_000],
    ['1h2m3s', 3_723_000],
    ['850ms', 850],
  ])('%s', (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });
  it.each(['', 's', '5', '5 s', '5s!', 'x5s', '-5s'])('%j is none', (text) => {
    expect(durationMs(text)).toBeNull();
  });
});
