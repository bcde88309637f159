/**
 * What a provider lets us use, as its own answers tell it: limits and resets from headers, refusals (429). Pure: the
 * state of one quota comes in and goes out. A refusal closes a quota until the reset that was named; a reset is never
 * cut short, and a limit that was learned never lifts one that was configured.
 */
import { health } from '../config/health.ts';
import type { RateDimension } from './ledger.ts';

/** One of a server's counters. null: not said. */
export interface ObservedCounter {
  readonly dimension: RateDimension;
  readonly windowMs: number | null;
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly resetsAtMs: number | null;
}

export interface LimitObservation {
  readonly atMs: number;
  readonly buckets: readonly ObservedCounter[];
  readonly retryAtMs: number | null;
  /** The call was refused for its rate. */
  readonly wasRefused: boolean;
}

interface LearnedRate {
  readonly limitPerMinute: number | null;
  readonly blockedUntilMs: number | null;
}

/** Of one quota (a node's account or a quota group). Plain data, to be stored. */
export interface LearnedLimits {
  readonly rates: Readonly<Partial<Record<RateDimension, LearnedRate>>>;
  /** Every call waits until then. */
  readonly blockedUntilMs: number | null;
}

export interface RateLimit {
  readonly limit: number | null;
  readonly blockedUntilMs: number | null;
}

export const noLearnedLimits: LearnedLimits = { rates: {}, blockedUntilMs: null };

const minuteMs = 60_000;

export function learnLimits(state: LearnedLimits, seen: LimitObservation): LearnedLimits {
  const rates = { ...state.rates };
  for (const counter of seen.buckets) {
    const known = rates[counter.dimension] ?? { limitPerMinute: null, blockedUntilMs: null };
    rates[counter.dimension] = {
      limitPerMinute: perMinute(counter) ?? known.limitPerMinute,
      blockedUntilMs: later(known.blockedUntilMs, closedUntil(counter, seen)),
    };
  }
  return {
    rates,
    blockedUntilMs: seen.wasRefused ? later(state.blockedUntilMs, refusedUntil(seen)) : state.blockedUntilMs,
  };
}

/** Only windows up to a minute are a rate; an hour's or a day's quota shows itself by what is left of it. */
function perMinute({ limit, windowMs }: ObservedCounter): number | null {
  if (limit === null || (windowMs !== null && windowMs > minuteMs)) return null;
  return Math.max(1, Math.floor((limit * minuteMs) / (windowMs ?? minuteMs)));
}

/** Nothing is left: closed until it comes back. */
function closedUntil({ remaining, resetsAtMs }: ObservedCounter, { atMs }: LimitObservation): number | null {
  return remaining === 0 && resetsAtMs !== null ? bounded(resetsAtMs, atMs) : null;
}

/** The server's word, else the earliest reset of what is used up, else a pause of our own. */
function refusedUntil({ atMs, retryAtMs, buckets }: LimitObservation): number {
  const resets = buckets.flatMap(({ remaining, resetsAtMs }) =>
    remaining === 0 && resetsAtMs !== null ? [resetsAtMs] : [],
  );
  return bounded(Math.max(retryAtMs ?? 0, ...resets) || atMs + health.ejectBaseMs, atMs);
}

/** Whatever a header says, no quota is closed for more than a day. */
function bounded(untilMs: number, atMs: number): number {
  return Math.min(untilMs, atMs + health.rateLimitMaxMs);
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** What counts at an instant: the lower of configured and learned, and until when it is closed. */
export function limitsAt(
  state: LearnedLimits,
  configured: Readonly<Partial<Record<RateDimension, number>>>,
  nowMs: number,
): Readonly<Partial<Record<RateDimension, RateLimit>>> {
  const closed = (untilMs: number | null) => (untilMs !== null && untilMs > nowMs ? untilMs : null);
  const limits: Partial<Record<RateDimension, RateLimit>> = {};
  for (const dimension of ['requests', 'tokens', 'inputTokens', 'outputTokens'] as const) {
    const learned = state.rates[dimension];
    const all = [configured[dimension], learned?.limitPerMinute].filter((limit) => limit != null);
    const limit = all.length === 0 ? null : Math.min(...all);
    // Every call is a request, so that dimension carries what closes the quota as a whole.
    const whole = dimension === 'requests' ? closed(state.blockedUntilMs) : null;
    const blockedUntilMs = later(closed(learned?.blockedUntilMs ?? null), whole);
    if (limit !== null || blockedUntilMs !== null) limits[dimension] = { limit, blockedUntilMs };
  }
  return limits;
}

/** Units that are in use by the server's own count, for `Ledger.observe`; only where it told both numbers of a rate. */
export function reportedUse({
  buckets,
}: LimitObservation): readonly { dimension: RateDimension; used: number }[] {
  return buckets.flatMap(({ dimension, limit, remaining, windowMs }) =>
    limit !== null && remaining !== null && windowMs === minuteMs
      ? [{ dimension, used: Math.max(0, limit - remaining) }]
      : [],
  );
}
