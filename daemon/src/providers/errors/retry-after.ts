/**
 * When a server says to come back, from every form in which the known providers say it: Retry-After in seconds, as a
 * date or in milliseconds, reset headers of exhausted rate-limit buckets, and the sentence in the message.
 *
 * The latest of them wins. A bucket that still has something left is ignored: its reset says when it is full again,
 * which nobody needs to wait for.
 */

/** No promise of a server is believed beyond this; monthly limits fit in. */
const longestWaitMs = 31 * 24 * 3_600_000;

export interface RetryHints {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text of the error, '' without. */
  readonly text: string;
  /** Whether reset headers of rate-limit buckets are about this failure. */
  readonly limited: boolean;
  readonly nowMs: number;
}

/** Milliseconds from now, at least 0; null where the server said nothing. */
export function retryAfterMs({ headers, text, limited, nowMs }: RetryHints): number | null {
  const serverNowMs = clockOf(headers, nowMs);
  const waits = [
    numberOf(headers['retry-after-ms']),
    waitOf(headers['retry-after'], 'seconds', serverNowMs),
    ...(limited ? bucketWaits(headers, serverNowMs) : []),
    waitInText(text),
    dateInText(text, serverNowMs),
  ].filter((wait) => wait !== null);
  return waits.length === 0 ? null : longest(waits);
}

/**
 * Absolute times are compared with the server's own clock where it differs from ours, so that a wrong local clock does
 * no harm. Its header counts whole seconds; within that both agree, and ours is finer.
 */
export function clockOf(headers: RetryHints['headers'], nowMs: number): number {
  const toldMs = dateMs(headers['date']);
  return toldMs === null || Math.abs(toldMs - nowMs) < 2_000 ? nowMs : toldMs;
}

/** The longest of some waits, as whole milliseconds within sensible bounds. */
export function longest(waitsMs: readonly number[]): number {
  return Math.min(Math.ceil(Math.max(0, ...waitsMs)), longestWaitMs);
}

/** A duration as Go and protobuf write it: `34.07s`, `6m0s`, `1h2m`, `850ms`. null where it is none. */
export function durationMs(text: string): number | null {
  const unitsMs: Record<string, number> = {
    h: 3_600_000,
    m: 60_000,
    s: 1000,
    ms: 1,
    us: 0.001,
    µs: 0.001,
    ns: 0.000001,
  };
  const parts = [...text.trim().matchAll(/(\d{1,12}(?:\.\d{1,12})?)(ms|us|\u00b5s|ns|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.trim()) return null;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitsMs[unit ?? ''] ?? 0), 0);
}

/** Header families: OpenAI and its likes (`x-ratelimit-reset-tokens: 6m0s`), Anthropic (a date), GitHub (epoch seconds). */
const resetName =
  /^(?:x-ratelimit-reset(?<openai>[\w-]*)|anthropic-(?:priority-|fast-)?ratelimit-(?<anthropic>[\w-]+)-reset|ratelimit-reset)$/;

function bucketWaits(headers: RetryHints['headers'], nowMs: number): (number | null)[] {
  return Object.entries(headers)
    .filter(([name]) => resetName.test(name))
    .map(([name, value]) => {
      const remaining = numberOf(headers[name.replace('reset', 'remaining')]);
      return remaining !== null && remaining > 0 ? null : waitOf(value, 'any', nowMs);
    });
}

/** One value: seconds, a Go duration, an epoch in seconds or milliseconds (only for `any`), or a date. */
export function waitOf(value: string | undefined, form: 'seconds' | 'any', nowMs: number): number | null {
  if (value === undefined) return null;
  const amount = numberOf(value);
  if (amount !== null) {
    if (form === 'any' && amount > 1e11) return amount - nowMs;
    if (form === 'any' && amount > 1e9) return amount * 1000 - nowMs;
    return amount * 1000;
  }
  const untilMs = dateMs(value);
  return untilMs === null ? durationMs(value) : Math.max(0, untilMs - nowMs);
}

/** "Please try again in 20s", "retry in 25.465784708s": what OpenAI, Groq and Google write into the message. */
function waitInText(text: string): number | null {
  const found = /\b(?:try again|retry)\s+in\s+((?:\d{1,12}(?:\.\d{1,12})?(?:ms|h|m|s))+)/i.exec(text)?.[1];
  return found === undefined ? null : durationMs(found);
}

/** "You will regain access on 2025-07-01 at 00:00 UTC": what Anthropic writes when an own spend limit is reached. */
function dateInText(text: string, nowMs: number): number | null {
  const found = /\bregain access on (\d{4}-\d{2}-\d{2})(?: at (\d{2}:\d{2}) UTC)?/i.exec(text);
  const untilMs = found === null ? null : dateMs(`${found[1] ?? ''}T${found[2] ?? '00:00'}:00Z`);
  return untilMs === null ? null : Math.max(0, untilMs - nowMs);
}

function numberOf(value: string | undefined): number | null {
  if (value === undefined || !/^\d{1,16}(?:\.\d{1,16})?$/.test(value.trim())) return null;
  return Number(value);
}

function dateMs(value: string | undefined): number | null {
  // A plain number would be taken for a year.
  if (value === undefined || value.length > 64 || !/\d{4}/.test(value) || /^[\d.\s-]*$/.test(value))
    return null;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? null : parsed;
}
