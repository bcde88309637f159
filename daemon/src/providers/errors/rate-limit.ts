/**
 * What a server says of its own limits, in every header form the known providers use, as one value: OpenAI and its
 * likes (`x-ratelimit-remaining-tokens: 149984`, resets as `6m0s`), Mistral and Cerebras (`…-tokens-minute`), Fireworks
 * (`…-tokens-prompt`), Anthropic (`anthropic-ratelimit-input-tokens-reset` as a date), OpenRouter (resets as epoch
 * milliseconds) and the IETF draft (`ratelimit-limit: 100;w=60`).
 *
 * Headers are hostile input: values are bounded, what does not add up is dropped, and nothing here ever throws.
 */
import { clockOf, longest, waitOf } from './retry-after.ts';

/** `tokens` is what a provider counts without telling input from output. */
export type LimitedDimension = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens';

/** One of the server's counters as it stood when the answer was sent. null: not said. */
export interface RateLimitBucket {
  readonly dimension: LimitedDimension;
  /** Time in which the whole limit comes back; null where neither names nor numbers tell. */
  readonly windowMs: number | null;
  /** At least 1. */
  readonly limit: number | null;
  /** 0 to `limit`. */
  readonly remaining: number | null;
  /** On our clock, ms since the epoch: when the counter is full again, or moves next if nothing is left. */
  readonly resetsAtMs: number | null;
}

/** Everything one answer said, on success as on error. */
export interface RateLimitObservation {
  readonly atMs: number;
  /** At most one per dimension and window. */
  readonly buckets: readonly RateLimitBucket[];
  /** The server's own word on when to come back, ms since the epoch; null: it said nothing. */
  readonly retryAtMs: number | null;
}

/** Beyond this a count is a slip or an attack, not a limit. */
const mostUnits = 1e12;
const mostBuckets = 16;

const windowsMs = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 2_592_000_000,
} as const;

/** null where the answer said nothing of limits. Header names in lower case; `nowMs` since the epoch. */
export function readRateLimit(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
  said: { readonly retryAfterMs?: number | null; readonly buckets?: readonly RateLimitBucket[] } = {},
): RateLimitObservation | null {
  if (said.buckets === undefined && said.retryAfterMs == null && !saysLimits(headers)) return null;
  const buckets = withoutSums([...bucketsIn(headers, nowMs), ...(said.buckets ?? [])]).slice(0, mostBuckets);
  const retryAtMs = said.retryAfterMs == null ? null : nowMs + longest([said.retryAfterMs]);
  return buckets.length === 0 && retryAtMs === null ? null : { atMs: nowMs, buckets, retryAtMs };
}

interface Reading {
  readonly dimension: LimitedDimension;
  namedWindowMs: number | null;
  limit?: string;
  remaining?: string;
  reset?: string;
}

/** Most answers say nothing, and every answer is asked. */
function saysLimits(headers: Readonly<Record<string, string>>): boolean {
  for (const name in headers) if (name.includes('ratelimit')) return true;
  return false;
}

function bucketsIn(headers: Readonly<Record<string, string>>, nowMs: number): RateLimitBucket[] {
  const readings = new Map<string, Reading>();
  for (const [name, value] of Object.entries(headers)) {
    const place = placeOf(name);
    if (place === null || value.length > 100) continue;
    const { field, dimension, windowMs } = place;
    const key = `${dimension} ${windowMs ?? ''}`;
    const reading = readings.get(key) ?? { dimension, namedWindowMs: windowMs };
    reading[field] ??= value;
    readings.set(key, reading);
  }
  if (readings.size === 0) return [];
  const serverNowMs = clockOf(headers, nowMs);
  return [...readings.values()].flatMap((reading) => bucketOf(reading, serverNowMs, nowMs));
}

type Field = 'limit' | 'remaining' | 'reset';

interface Place {
  readonly field: Field;
  readonly dimension: LimitedDimension;
  readonly windowMs: number | null;
}

const anthropicName =
  /^anthropic-ratelimit-(requests|tokens|input-tokens|output-tokens)-(limit|remaining|reset)$/;
const commonName =
  /^(?:x-)?ratelimit-(limit|remaining|reset)(?:-(requests|req|tokens|(?:input|prompt)-tokens|(?:output|completion)-tokens|tokens-prompt|tokens-generated))?(?:-(second|minute|hour|day|month))?$/;

function placeOf(name: string): Place | null {
  // Said of nearly no header, and asked of all of them in every answer.
  if (!name.includes('ratelimit')) return null;
  const anthropic = anthropicName.exec(name);
  if (anthropic !== null) {
    const [, what, field] = anthropic;
    return { field: field as Field, dimension: dimensionOf(what), windowMs: windowsMs.minute };
  }
  const common = commonName.exec(name);
  if (common === null) return null;
  const [, field, what, window] = common;
  const windowMs = window === undefined ? null : windowsMs[window as keyof typeof windowsMs];
  return { field: field as Field, dimension: dimensionOf(what), windowMs };
}

function dimensionOf(what: string | undefined): LimitedDimension {
  if (what === undefined || what.startsWith('req')) return 'requests';
  if (/^(?:input|prompt)-|-prompt$/.test(what)) return 'inputTokens';
  if (/^(?:output|completion)-|-generated$/.test(what)) return 'outputTokens';
  return 'tokens';
}

/** Nothing where the numbers say nothing; a limit of 0 is how some servers say that they have none. */
function bucketOf(reading: Reading, serverNowMs: number, nowMs: number): RateLimitBucket[] {
  const limit = countOf(reading.limit);
  const left = countOf(reading.remaining);
  if (limit === 0 || (limit === null && left === null)) return [];
  const remaining = limit === null || left === null ? left : Math.min(limit, left);
  const waitMs = waitOf(reading.reset, 'any', serverNowMs);
  const resetMs = waitMs === null ? null : longest([waitMs]);
  return [
    {
      dimension: reading.dimension,
      windowMs:
        reading.namedWindowMs ?? windowInPolicy(reading.limit) ?? inferredWindowMs(limit, remaining, resetMs),
      limit,
      remaining,
      resetsAtMs: resetMs === null ? null : nowMs + resetMs,
    },
  ];
}

/** A whole number, also at the head of the draft's lists (`100, 100;w=60`). */
function countOf(value: string | undefined): number | null {
  const digits = /^\s*(\d{1,15})(?:\.\d{1,6})?\s*(?:[,;].*)?$/.exec(value ?? '')?.[1];
  const count = digits === undefined ? null : Number(digits);
  return count !== null && count <= mostUnits ? count : null;
}

function windowInPolicy(limit: string | undefined): number | null {
  const seconds = /;\s*w=(\d{1,7})\b/.exec(limit ?? '')?.[1];
  return seconds === undefined || Number(seconds) === 0 ? null : Number(seconds) * 1000;
}

/**
 * OpenAI's form names no window, and Groq counts requests by the day in it. Both refill evenly, so what is used and
 * when it is back give the time for the whole. Only a clear answer is taken: near a minute or near a day.
 */
function inferredWindowMs(
  limit: number | null,
  remaining: number | null,
  resetMs: number | null,
): number | null {
  if (limit === null || remaining === null || resetMs === null || remaining >= limit) return null;
  const wholeMs = (resetMs * limit) / (limit - remaining);
  const near = (windowMs: number): boolean => wholeMs > windowMs * 0.7 && wholeMs < windowMs * 1.3;
  if (near(windowsMs.minute)) return windowsMs.minute;
  return near(windowsMs.day) ? windowsMs.day : null;
}

/** Anthropic repeats the tighter of its two token limits as their sum's; one counter must not be counted twice. */
function withoutSums(buckets: readonly RateLimitBucket[]): RateLimitBucket[] {
  const hasParts = buckets.some(
    ({ dimension }) => dimension === 'inputTokens' || dimension === 'outputTokens',
  );
  return buckets.filter(({ dimension }) => dimension !== 'tokens' || !hasParts);
}
