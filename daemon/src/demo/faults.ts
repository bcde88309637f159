/**
 * The fault script: what can go wrong with one request to a demo server, as a closed union.
 *
 * One fault per request and nothing hidden: the same script is given by a test at start, by a drill through the
 * control endpoint, and by `demo-flaky` to itself, so all three see the same failures. Every fault exists in all
 * three wire formats; README.md lists how each one looks from outside.
 */
import * as z from 'zod';

/** Status codes a scripted error may carry. Each format has its own real body for each of them. */
export const faultStatuses = [400, 401, 402, 403, 404, 413, 429, 500, 503, 529] as const;
export type FaultStatus = (typeof faultStatuses)[number];

const afterChunks = z.int().min(0).max(100_000).default(0);
const milliseconds = z.int().min(0).max(600_000);

/** Retry-After in the two forms HTTP allows, or as written, for the forms it does not. Absent: no header. */
const retryAfterSchema = z.union([
  z.strictObject({ seconds: z.int().min(0).max(86_400) }),
  z.strictObject({ dateInSeconds: z.int().min(-86_400).max(86_400) }),
  z.strictObject({ raw: z.string().regex(/^[\x20-\x7e]{0,100}$/) }),
]);
export type RetryAfter = z.infer<typeof retryAfterSchema>;

/** Limits to report in the format's own rate-limit headers. */
const rateLimitSchema = z.strictObject({
  limit: z.int().min(0),
  remaining: z.int().min(0),
  resetInSeconds: z.int().min(0).max(86_400),
});
export type RateLimit = z.infer<typeof rateLimitSchema>;

/** See the table in README.md for what each kind does. `afterChunks` counts chunks that carry answer text. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none'), rateLimit: rateLimitSchema.optional() }),

  z.strictObject({ kind: z.literal('refuse') }),
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.literal(faultStatuses),
    retryAfter: retryAfterSchema.optional(),
    rateLimit: rateLimitSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('context-length') }),
  z.strictObject({ kind: z.literal('content-policy') }),
  z.strictObject({ kind: z.literal('quota-exhausted') }),
  z.strictObject({ kind: z.literal('echo-key'), status: z.literal(faultStatuses).default(401) }),
  z.strictObject({ kind: z.literal('html'), status: z.literal([200, 403, 500, 502, 503, 504]).default(502) }),
  z.strictObject({
    kind: z.literal('redirect'),
    status: z.literal([301, 302, 303, 307, 308]).default(307),
    location: z.url({ protocol: /^https?$/ }).default('https://elsewhere.example/demo'),
  }),

  z.strictObject({ kind: z.literal('silence') }),
  z.strictObject({ kind: z.literal('empty'), body: z.literal(['nothing', 'no-text']).default('nothing') }),
  z.strictObject({
    kind: z.literal('error-event'),
    error: z.literal([429, 500, 529]).default(529),
    afterChunks,
    /** Send the format's opening events first (they carry no text), as a server does that fails late. */
    opened: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('die'),
    afterChunks,
    how: z.literal(['close', 'reset']).default('close'),
  }),
  z.strictObject({ kind: z.literal('stop'), afterChunks }),
  z.strictObject({ kind: z.literal('truncate'), afterChunks }),
  z.strictObject({ kind: z.literal('stall'), afterChunks, pingEveryMs: milliseconds.min(1).optional() }),
  z.strictObject({ kind: z.literal('malformed'), afterChunks }),
  z.strictObject({ kind: z.literal('refusal'), afterChunks }),
  z.strictObject({ kind: z.literal('duplicate-chunk'), at: afterChunks }),
  z.strictObject({
    kind: z.literal('wrong-usage'),
    usage: z.literal(['huge', 'zero', 'negative', 'absent']).default('huge'),
  }),
  /** Reads only the end of the prompt and does not say so, whatever the request asked for. */
  z.strictObject({ kind: z.literal('cut-prompt'), tokens: z.int().min(1).max(1_000_000).default(4_096) }),
  z.strictObject({ kind: z.literal('slow'), chunkMs: milliseconds, firstChunkMs: milliseconds.default(0) }),
  z.strictObject({ kind: z.literal('slice'), bytes: z.int().min(1).max(4_096).default(1) }),
  z.strictObject({ kind: z.literal('endless') }),
  z.strictObject({ kind: z.literal('slow-close') }),
  z.strictObject({
    kind: z.literal('tool-call'),
    afterChunks,
    /** What becomes of the stream in the middle of the call's arguments. */
    how: z.literal(['complete', 'close', 'truncate', 'stall']).default('complete'),
  }),
]);

/** One fault with its defaults filled in. */
export type Fault = z.output<typeof faultSchema>;
/** One fault as it is written down: `{ kind: 'die', afterChunks: 5 }`. */
export type FaultInput = z.input<typeof faultSchema>;

/** The absence of a fault. */
export const noFault: Fault = { kind: 'none' };
