/**
 * What is peculiar to Google's errors. The sentence "You exceeded your current quota, please check your plan and
 * billing details" stands in every 429, also in one that is over in twenty seconds; only the quota's name and its limit
 * tell apart a minute, a day, and a plan that does not include the model. The wait stands in a RetryInfo detail.
 */
import * as z from 'zod';
import { parseJson } from '../errors/error-body.ts';
import type { ErrorRules } from '../errors/errors.ts';
import type { LimitedDimension, RateLimitBucket } from '../errors/rate-limit.ts';
import { durationMs } from '../errors/retry-after.ts';

export const googleErrorRules: ErrorRules = {
  kindOf(facts) {
    if (facts.codes.includes('api_key_invalid')) return 'auth';
    if (facts.status === 429 || facts.codes.includes('resource_exhausted')) {
      return /\blimit: 0\b/.test(facts.text) ? 'billing' : 'rateLimit';
    }
    if (facts.codes.includes('failed_precondition')) return /billing/i.test(facts.text) ? 'billing' : 'auth';
    return null;
  },
  retryAfterMs(body, nowMs) {
    const details = detailsOf(body);
    const delays = toldDelaysMs(details);
    const daily = details.some(({ violations }) =>
      violations?.some(({ quotaId }) => perDay.test(quotaId ?? '')),
    );
    if (daily) delays.push(untilPacificMidnightMs(nowMs));
    return delays.length === 0 ? null : Math.max(...delays);
  },
  buckets(body, nowMs) {
    const details = detailsOf(body);
    const delays = toldDelaysMs(details);
    const minuteMs = delays.length === 0 ? null : Math.max(...delays);
    return details.flatMap(({ violations }) =>
      (violations ?? []).flatMap((violation) => bucketOf(violation, minuteMs, nowMs)),
    );
  },
};

const perDay = /PerDay/i;

function toldDelaysMs(details: readonly Detail[]): number[] {
  return details.flatMap(({ retryDelay }) => (retryDelay === undefined ? [] : [durationMs(retryDelay) ?? 0]));
}

/** A violated quota is one with nothing left. Its name tells what it counts and for how long. */
function bucketOf(
  { quotaId, quotaMetric, quotaValue }: Violation,
  minuteMs: number | null,
  nowMs: number,
): RateLimitBucket[] {
  const name = `${quotaId ?? ''} ${quotaMetric ?? ''}`;
  const isDaily = perDay.test(name);
  const limit = Number(quotaValue);
  if (!isDaily && !/PerMinute/i.test(name)) return [];
  if (!Number.isInteger(limit) || limit < 1 || limit > 1e12) return [];
  const resetMs = isDaily ? untilPacificMidnightMs(nowMs) : minuteMs;
  return [
    {
      dimension: dimensionOf(name),
      windowMs: isDaily ? 86_400_000 : 60_000,
      limit,
      remaining: 0,
      resetsAtMs: resetMs === null ? null : nowMs + resetMs,
    },
  ];
}

function dimensionOf(name: string): LimitedDimension {
  if (!/token/i.test(name)) return 'requests';
  return /output/i.test(name) ? 'outputTokens' : 'inputTokens';
}

const name = z.string().max(200).optional().catch(undefined);
const violationSchema = z.object({ quotaId: name, quotaMetric: name, quotaValue: name });
type Violation = z.infer<typeof violationSchema>;
const detailSchema = z.object({
  retryDelay: z.string().max(64).optional().catch(undefined),
  violations: z.array(violationSchema).max(100).optional().catch(undefined),
});
type Detail = z.infer<typeof detailSchema>;
const bodySchema = z.object({
  error: z.object({ details: z.array(detailSchema.catch({})).max(100).catch([]).default([]) }),
});

function detailsOf(body: unknown): Detail[] {
  const value = typeof body === 'string' ? parseJson(body) : body;
  // A stream that fails before its first chunk answers with a list of one; an event inside a stream lacks the frame.
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const parsed = [first, { error: first }]
    .map((each) => bodySchema.safeParse(each))
    .find(({ success }) => success);
  return parsed?.data?.error.details ?? [];
}

/** Quotas per day are refilled at midnight Pacific time. */
function untilPacificMidnightMs(nowMs: number): number {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const parts = Object.fromEntries(
    clock.formatToParts(nowMs).map(({ type, value }) => [type, Number(value)]),
  );
  const sinceMidnightS = (parts['hour'] ?? 0) * 3600 + (parts['minute'] ?? 0) * 60 + (parts['second'] ?? 0);
  return (24 * 3600 - sinceMidnightS) * 1000;
}
