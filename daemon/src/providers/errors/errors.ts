/**
 * From what a server sent to the closed set of failure kinds. Structure decides before wording: the provider's own
 * rule, then codes, then known sentences where the provider gives no code for the case, then the status.
 *
 * Why so much care: each kind has another consequence (another route, a cooled bucket, a dead key, a larger context
 * window), and the same status means different things at different providers.
 */
import type { FailureKind } from '@task-router/protocol';
import { readErrorBody } from './error-body.ts';
import type { ErrorBody } from './error-body.ts';
import { ProviderError } from '../provider.ts';
import { readRateLimit } from './rate-limit.ts';
import type { RateLimitBucket } from './rate-limit.ts';
import { redact, redactValues } from '../redact.ts';
import { longest, retryAfterMs } from './retry-after.ts';

/** What a server sent when it failed. */
export interface FailureFacts extends ErrorBody {
  /** HTTP status, or the status that an event inside a stream names; null: none. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** What only one provider knows of its own errors. */
export interface ErrorRules {
  /** null: the general rules decide. */
  readonly kindOf?: (facts: FailureFacts) => FailureKind | null;
  /** Hints beyond headers and sentences; null: none. */
  readonly retryAfterMs?: (body: unknown, nowMs: number) => number | null;
  /** Limits that stand in the body instead of in headers. */
  readonly buckets?: (body: unknown, nowMs: number) => readonly RateLimitBucket[];
}

/** Whose failure it is. */
export interface FailureSource {
  /** For people: `api.openai.com`. */
  readonly host: string;
  /** To be kept out of everything. */
  readonly keys: readonly string[];
  readonly rules: ErrorRules;
}

export interface ServerFailure {
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Text of the body, or the parsed value of an error event. */
  readonly body: unknown;
  /** When it happened, ms since the epoch. */
  readonly nowMs: number;
}

const messageChars = 500;
const bodyChars = 4_000;
const headerCount = 64;
const headerChars = 1_000;

/** The error for what a server sent. Message, body and headers are redacted and bounded. */
export function failureFrom(source: FailureSource, failure: ServerFailure): ProviderError {
  const body = readErrorBody(failure.body);
  const facts: FailureFacts = { ...body, status: failure.status ?? statusIn(body), headers: failure.headers };
  const kind = source.rules.kindOf?.(facts) ?? kindOf(facts);
  const retryAfter = waitOf(source.rules, kind, facts, failure);
  return new ProviderError(
    kind,
    redacted(messageOf(source.host, failure.status, facts), source, messageChars),
    {
      status: failure.status,
      retryAfterMs: retryAfter,
      rateLimit: readRateLimit(failure.headers, failure.nowMs, {
        retryAfterMs: retryAfter,
        buckets: source.rules.buckets?.(failure.body, failure.nowMs) ?? [],
      }),
      headers: safeHeaders(failure.headers, source.keys),
      body: redacted(textOf(failure.body), source, bodyChars),
      words: facts.message === '' ? null : redacted(facts.message, source, messageChars),
    },
  );
}

/** An error that no server worded: a broken connection, an unreadable answer. */
export function failureOf(
  source: FailureSource,
  kind: FailureKind,
  what: string,
  status?: number,
): ProviderError {
  const message = redacted(`${source.host} ${what}`, source, messageChars);
  return new ProviderError(kind, message, { status: status ?? null });
}

/** Response headers fit to be kept: redacted, bounded, without cookies. */
export function safeHeaders(
  headers: Readonly<Record<string, string>>,
  keys: readonly string[],
): Readonly<Record<string, string>> {
  const kept = Object.entries(headers)
    .filter(([name]) => !name.includes('cookie') && !name.includes('authorization'))
    .slice(0, headerCount);
  const clean = Object.entries(redactValues(Object.fromEntries(kept), keys));
  return Object.fromEntries(clean.map(([name, value]) => [name, value.slice(0, headerChars)]));
}

interface Rule {
  readonly kind: FailureKind;
  readonly codes?: RegExp;
  /** Sentences are believed only with a status on which they were seen; null is an event inside a stream. */
  readonly text?: RegExp;
  readonly statuses?: readonly (number | null)[];
}

/** In this order, first by code, then by sentence. Sources of both: test/conformance/fixtures. */
const generalRules: readonly Rule[] = [
  {
    kind: 'contextLength',
    codes:
      /^(?:context_length_exceeded|exceed_context_size_error|string_above_max_length|string_too_long|token_limit_exceeded|tokens_limit_reached|request_too_large)$/,
    text: /context (?:length|size|window)|context the overflows|n_keep.{0,40}n_ctx|prompt (?:is )?too long|input (?:length|token count|is too long)|maximum number of tokens|too many (?:input )?tokens|reduce the length of the (?:messages|input|prompt)|max_tokens must be at least 1, got -|request too large for/i,
    statuses: [400, 413, 422, 429, 500, null],
  },
  {
    // A model server that has too little memory for its model: not the request's fault and not the model's name.
    kind: 'server',
    text: /(?:failed|unable) to load model|insufficient system resources|requires more system memory|out of memory/i,
    statuses: [400, 404, 500, 503, null],
  },
  {
    kind: 'contentPolicy',
    codes:
      /^(?:content_policy_violation|content_filter|content_filter_error|responsibleaipolicyviolation|invalid_prompt|data_inspection_failed|content_moderation|moderation_error)$/,
    text: /content (?:filter|management policy|policy)|usage policies|usage policy|safety system|input was flagged|requires moderation/i,
    statuses: [400, 403, 422, 451, null],
  },
  {
    kind: 'billing',
    codes:
      /^(?:insufficient_quota|credit_balance_exhausted|billing_hard_limit_reached|billing_not_active|billing_error|billing_disabled|payment_required|insufficient_balance|insufficient_credits|enforced_spend_limit_reached|\w{0,40}spend_limit\w{0,40}|arrearage)$/,
    text: /credit balance is too low|exceeded your current quota|insufficient (?:balance|credits|funds)|purchase credits|specified api usage limits|(?:hourly|daily|weekly|monthly|session) usage limit/i,
    statuses: [400, 402, 403, 429, null],
  },
  {
    kind: 'rateLimit',
    codes: /rate_?limit|too_many_requests|resource_exhausted|throttl/,
    text: /too many requests|rate limit/i,
    statuses: [null],
  },
  {
    kind: 'overloaded',
    codes: /overloaded|^unavailable|slow_down|capacity_exceeded/,
    text: /overloaded|currently loading|loading model|server busy|at capacity|experiencing high demand/i,
    statuses: [429, 498, 500, 502, 503, 529, null],
  },
  {
    kind: 'auth',
    codes:
      /^(?:invalid_api_key|authentication_error|invalid_authentication|unauthenticated|unauthorized|api_key_invalid|permission_error|permission_denied|account_deactivated|missing_api_key|unsupported_country_region_territory)$/,
    text: /incorrect api key|invalid api key|api key not valid/i,
    statuses: [400, 401, 403, null],
  },
  {
    kind: 'modelNotFound',
    codes:
      /^(?:model_not_found|deploymentnotfound|model_not_available|model_decommissioned|not_found_error|notfounderror|not_found)$/,
    text: /model\b.{0,200}(?:not found|does not exist|decommissioned|is not available|not a valid model)|not a valid model|no endpoints found/i,
    statuses: [400, 404, 410, null],
  },
];

function kindOf(facts: FailureFacts): FailureKind {
  const { status } = facts;
  if (facts.isHtml && status !== null) return kindOfWebPage(status);
  const rule =
    generalRules.find(({ codes }) => codes !== undefined && facts.codes.some((code) => codes.test(code))) ??
    generalRules.find(
      ({ text, statuses }) => text?.test(facts.text) === true && statuses?.includes(status) === true,
    );
  return rule?.kind ?? kindOfStatus(status);
}

/** A proxy's page says nothing of the key or the request; only the status can be believed, and not all of it. */
function kindOfWebPage(status: number): FailureKind {
  const kind = kindOfStatus(status);
  return status === 403 || kind === 'badRequest' ? 'server' : kind;
}

function kindOfStatus(status: number | null): FailureKind {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return 'auth';
    case 402:
      return 'billing';
    case 404:
    case 410:
      return 'modelNotFound';
    case 413:
      return 'contextLength';
    case 429:
      return 'rateLimit';
    case 498:
    case 503:
    case 529:
      return 'overloaded';
    case 408:
    case 409:
    case 425:
      return 'server';
    default:
      return status !== null && status >= 400 && status < 500 ? 'badRequest' : 'server';
  }
}

/** Inside a stream the status stands in the event: OpenRouter and llama.cpp put it into `code`. */
function statusIn(body: ErrorBody): number | null {
  const code = body.codes.find((each) => /^[45]\d\d$/.test(each));
  return code === undefined ? null : Number(code);
}

function waitOf(
  rules: ErrorRules,
  kind: FailureKind,
  facts: FailureFacts,
  failure: ServerFailure,
): number | null {
  const limited = kind === 'rateLimit' || kind === 'overloaded';
  const waits = [
    retryAfterMs({ headers: facts.headers, text: facts.text, limited, nowMs: failure.nowMs }),
    rules.retryAfterMs?.(failure.body, failure.nowMs) ?? null,
  ].filter((wait) => wait !== null);
  return waits.length === 0 ? null : longest(waits);
}

function messageOf(host: string, status: number | null, facts: FailureFacts): string {
  if (facts.isHtml) return `${host} answered ${status ?? ''} with a web page instead of what was asked for.`;
  const start =
    status === null || status === 200 ? `${host} failed while answering` : `${host} answered ${status}`;
  return facts.message === '' ? `${start}.` : `${start}: ${facts.message}`;
}

function redacted(text: string, source: FailureSource, chars: number): string {
  // Redacted before it is cut: a key cut in half would no longer be recognised.
  const clean = redact(text, source.keys)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return clean.length <= chars ? clean : `${clean.slice(0, chars - 1)}…`;
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    return '';
  }
}
