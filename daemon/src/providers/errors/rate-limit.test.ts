import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRateLimit } from './rate-limit.ts';

const nowMs = Date.parse('2026-11-22T10:00:00Z');
const buckets = (headers: Record<string, string>) =>
  (readRateLimit(headers, nowMs)?.buckets ?? []).map(({ resetsAtMs, ...bucket }) => ({
    ...bucket,
    inMs: resetsAtMs === null ? null : resetsAtMs - nowMs,
  }));
const minute = 60_000;
const day = 86_400_000;

describe('readRateLimit', () => {
  it('reads OpenAI: durations, a window told by the numbers', () => {
    expect(
      buckets({
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-limit-tokens': '150000',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-remaining-tokens': '75000',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-reset-tokens': '30.5s',
      }),
    ).toEqual([
      { dimension: 'requests', windowMs: minute, limit: 60, remaining: 59, inMs: 1_000 },
      { dimension: 'tokens', windowMs: minute, limit: 150_000, remaining: 75_000, inMs: 30_500 },
    ]);
  });

  it('takes no window from numbers that do not tell one', () => {
    // The example of OpenAI's own documentation: 16 of 150,000 tokens used, back in six minutes.
    expect(
      buckets({
        'x-ratelimit-limit-tokens': '150000',
        'x-ratelimit-remaining-tokens': '149984',
        'x-ratelimit-reset-tokens': '6m0s',
      }),
    ).toEqual([{ dimension: 'tokens', windowMs: null, limit: 150_000, remaining: 149_984, inMs: 360_000 }]);
    expect(buckets({ 'x-ratelimit-remaining-requests': '7' })).toEqual([
      { dimension: 'requests', windowMs: null, limit: null, remaining: 7, inMs: null },
    ]);
  });

  it('reads Groq: requests by the day, tokens by the minute, in the same header form', () => {
    expect(
      buckets({
        'x-ratelimit-limit-requests': '14400',
        'x-ratelimit-limit-tokens': '18000',
        'x-ratelimit-remaining-requests': '14370',
        'x-ratelimit-remaining-tokens': '17997',
        'x-ratelimit-reset-requests': '2m59.56s',
        'x-ratelimit-reset-tokens': '10ms',
      }),
    ).toEqual([
      { dimension: 'requests', windowMs: day, limit: 14_400, remaining: 14_370, inMs: 179_560 },
      { dimension: 'tokens', windowMs: minute, limit: 18_000, remaining: 17_997, inMs: 10 },
    ]);
    expect(
      buckets({
        'x-ratelimit-limit-tokens': '8000',
        'x-ratelimit-remaining-tokens': '7984',
        'x-ratelimit-reset-tokens': '120ms',
      }),
    ).toMatchObject([{ windowMs: minute, inMs: 120 }]);
  });

  it('reads Anthropic: dates, input and output apart, their sum passed over', () => {
    expect(
      buckets({
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': '2026-11-22T10:00:01Z',
        'anthropic-ratelimit-input-tokens-limit': '30000',
        'anthropic-ratelimit-input-tokens-remaining': '29000',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-22T10:00:02Z',
        'anthropic-ratelimit-output-tokens-limit': '8000',
        'anthropic-ratelimit-output-tokens-remaining': '0',
        'anthropic-ratelimit-output-tokens-reset': '2026-11-22T10:01:00Z',
        'anthropic-ratelimit-tokens-limit': '38000',
        'anthropic-ratelimit-tokens-remaining': '29000',
        'anthropic-ratelimit-tokens-reset': '2026-11-22T10:00:02Z',
      }),
    ).toEqual([
      { dimension: 'requests', windowMs: minute, limit: 50, remaining: 49, inMs: 1_000 },
      { dimension: 'inputTokens', windowMs: minute, limit: 30_000, remaining: 29_000, inMs: 2_000 },
      { dimension: 'outputTokens', windowMs: minute, limit: 8_000, remaining: 0, inMs: 60_000 },
    ]);
  });

  it('reads Mistral and Cerebras: the window in the name', () => {
    expect(
      buckets({
        'x-ratelimit-limit-req-minute': '60',
        'x-ratelimit-remaining-req-minute': '59',
        'x-ratelimit-limit-tokens-minute': '500000',
        'x-ratelimit-remaining-tokens-minute': '499000',
        'x-ratelimit-limit-requests-day': '14400',
        'x-ratelimit-reset-requests-day': '33011.382867097855',
      }),
    ).toEqual([
      { dimension: 'requests', windowMs: minute, limit: 60, remaining: 59, inMs: null },
      { dimension: 'tokens', windowMs: minute, limit: 500_000, remaining: 499_000, inMs: null },
      { dimension: 'requests', windowMs: day, limit: 14_400, remaining: null, inMs: 33_011_383 },
    ]);
  });

  it('reads Fireworks and OpenRouter and the IETF draft', () => {
    expect(
      buckets({
        'x-ratelimit-limit-tokens-prompt': '60000',
        'x-ratelimit-limit-tokens-generated': '6000',
        'x-ratelimit-remaining-tokens-generated': '5900',
      }),
    ).toMatchObject([
      { dimension: 'inputTokens', limit: 60_000 },
      { dimension: 'outputTokens', remaining: 5_900 },
    ]);
    expect(
      buckets({
        'x-ratelimit-limit': '20',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(nowMs + 45_000),
      }),
    ).toEqual([{ dimension: 'requests', windowMs: minute, limit: 20, remaining: 0, inMs: 45_000 }]);
    expect(
      buckets({ 'ratelimit-limit': '100, 100;w=30', 'ratelimit-remaining': '50', 'ratelimit-reset': '15' }),
    ).toEqual([{ dimension: 'requests', windowMs: 30_000, limit: 100, remaining: 50, inMs: 15_000 }]);
  });

  it('compares dates with the clock of the server when ours is wrong', () => {
    expect(
      buckets({
        date: 'Sun, 22 Nov 2026 12:00:00 GMT',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-22T12:00:20Z',
      }),
    ).toMatchObject([{ remaining: 0, inMs: 20_000 }]);
  });

  it('carries the wait that was found elsewhere', () => {
    expect(readRateLimit({}, nowMs, { retryAfterMs: 7_000 })).toEqual({
      atMs: nowMs,
      buckets: [],
      retryAtMs: nowMs + 7_000,
    });
    expect(readRateLimit({ 'content-type': 'text/plain' }, nowMs)).toBeNull();
  });

  it.each([
    [{ 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' }],
    [{ 'x-ratelimit-limit-requests': '-5' }],
    [{ 'x-ratelimit-limit-requests': '9'.repeat(40) }],
    [{ 'x-ratelimit-limit-requests': '1e99' }],
    [{ 'x-ratelimit-limit-requests': 'NaN' }],
    [{ 'x-ratelimit-limit-__proto__': '5' }],
    [{ 'x-ratelimit-limit-requests': `${'1, '.repeat(50)}1` }],
    [{ 'x-ratelimit-reset-requests': '5s' }],
  ])('drops %j', (headers) => {
    expect(readRateLimit(headers as Record<string, string>, nowMs)).toBeNull();
  });

  it('never throws and stays within its bounds, whatever the headers hold', () => {
    const name = fc.constantFrom(
      ...['limit', 'remaining', 'reset'].flatMap((field) => [
        `x-ratelimit-${field}-requests`,
        `x-ratelimit-${field}-tokens-day`,
        `anthropic-ratelimit-output-tokens-${field}`,
        `ratelimit-${field}`,
      ]),
      'date',
    );
    const value = fc.oneof(fc.string(), fc.nat().map(String), fc.date({ noInvalidDate: true }).map(String));
    fc.assert(
      fc.property(fc.dictionary(name, value), (headers) => {
        for (const bucket of readRateLimit(headers, nowMs)?.buckets ?? []) {
          expect(bucket.limit ?? 1).toBeGreaterThanOrEqual(1);
          expect(bucket.limit ?? 1).toBeLessThanOrEqual(1e12);
          expect(bucket.remaining ?? 0).toBeLessThanOrEqual(bucket.limit ?? 1e12);
          expect(bucket.resetsAtMs ?? nowMs).toBeGreaterThanOrEqual(nowMs);
          expect(bucket.resetsAtMs ?? nowMs).toBeLessThanOrEqual(nowMs + 31 * day);
        }
      }),
    );
  });
});
