/** What is peculiar to errors on the OpenAI wire, at OpenAI itself and at the gateways that speak it. */
import type { ErrorRules } from './errors.ts';
import { readRateLimit } from './rate-limit.ts';

export const openaiErrorRules: ErrorRules = {
  kindOf(facts) {
    // Coded as a rate limit, but this request is larger than a whole minute's allowance: waiting never helps.
    if (/\brequest too large for/i.test(facts.text)) return 'contextLength';
    // OpenRouter: 402 for money that running requests have reserved; it comes back when they end.
    if (facts.codes.includes('openrouter_in_flight_budget')) return 'rateLimit';
    return null;
  },
  retryAfterMs: (body, nowMs) => waitInBody(body, nowMs),
  buckets: (body, nowMs) => readRateLimit(headersInBody(body), nowMs)?.buckets ?? [],
};

/** OpenRouter relays the limit's headers inside the body (`error.metadata.headers`). */
function headersInBody(body: unknown): Record<string, string> {
  const text = typeof body === 'string' ? body : '';
  const found = text.matchAll(/"(X-RateLimit-(?:Limit|Remaining|Reset))"\s*:\s*"?(\d{1,16})"?/gi);
  return Object.fromEntries(
    [...found].slice(0, 6).map(([, name = '', value = '']): [string, string] => [name.toLowerCase(), value]),
  );
}

/** Its reset is in epoch milliseconds. */
function waitInBody(body: unknown, nowMs: number): number | null {
  const text = typeof body === 'string' ? body : '';
  const reset = /"X-RateLimit-Reset"\s*:\s*"(\d{10,16})"/i.exec(text)?.[1];
  const estimate = /"estimated_time"\s*:\s*(\d{1,6}(?:\.\d{1,6})?)/.exec(text)?.[1];
  if (reset !== undefined) return Math.max(0, Number(reset) * (reset.length <= 11 ? 1000 : 1) - nowMs);
  // Hugging Face: seconds until a model is loaded.
  return estimate === undefined ? null : Number(estimate) * 1000;
}
