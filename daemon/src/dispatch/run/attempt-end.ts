/**
 * How a call on one route ended, whichever way its answer took: as events through a client library (`attempt.ts`) or as
 * bytes that pass through (`forward-attempt.ts`).
 */
import { performance } from 'node:perf_hooks';
import type { FailureKind, FinishReason } from '@task-router/protocol';
import type { Clock } from '../../engine/index.ts';
import type { Usage } from '../../providers/provider.ts';
import { ProviderError } from '../../providers/provider.ts';
import type { RateLimitObservation } from '../../providers/errors/rate-limit.ts';
import { unknownUsage } from '../../providers/usage.ts';
import { TimeoutReason } from '../stream/timers.ts';

/** A server's own word on why it refused. */
export interface Refusal {
  readonly status: number;
  /** As it came, redacted and bounded. */
  readonly body: string;
  /** What is in it for people; null: nothing. */
  readonly words: string | null;
}

export interface AttemptEnd {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly failure: FailureKind | null;
  /** For people; null on success. */
  readonly message: string | null;
  readonly finishReason: FinishReason | null;
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly usage: Usage;
  /** Whether the model wrote text, shown or not: it will be billed. */
  readonly wroteText: boolean;
  readonly writtenChars: number;
  readonly emittedToolCall: boolean;
  readonly retryAfterMs: number | null;
  /** False: no connection came about. */
  readonly connected: boolean;
  /** What failed is this machine's way out. */
  readonly isOwnNetwork: boolean;
  /** The text did not join on to the answer that it was to continue. */
  readonly seamBroken: boolean;
  /** The machine was asleep meanwhile, which is nobody's failure. */
  readonly slept: boolean;
  /** null: it did not refuse, or said nothing. */
  readonly refusal: Refusal | null;
  /** What the server said of the account's limits, on success as on failure; null: nothing. */
  readonly rateLimit: RateLimitObservation | null;
  /** Time the server says it spent on loading the model, in ms; absent: it does not say. */
  readonly loadMs?: number;
  /** Window that the call asked for, in tokens; absent: it was left to the server. */
  readonly askedWindow?: number;
}

/** What is known of an end besides what was watched. */
export type Ending = Pick<AttemptEnd, 'status' | 'failure' | 'message'> &
  Partial<
    Pick<AttemptEnd, 'retryAfterMs' | 'connected' | 'isOwnNetwork' | 'seamBroken' | 'rateLimit' | 'refusal'>
  >;

/** What the call amounted to until then. */
export interface Watched extends Pick<AttemptEnd, 'writtenChars' | 'emittedToolCall' | 'rateLimit'> {
  /** null: the answer did not come to its end. */
  readonly finish:
    (Pick<AttemptEnd, 'loadMs' | 'askedWindow' | 'usage'> & { readonly finishReason: FinishReason }) | null;
}

/** What an end has that says nothing of these. */
const uneventful = {
  retryAfterMs: null,
  connected: true,
  isOwnNetwork: false,
  seamBroken: false,
  refusal: null,
} as const;

export const cancelled: Ending = { status: 'cancelled', failure: null, message: null };

export function failed(failure: FailureKind, message: string): Ending {
  return { status: 'failed', failure, message };
}

/** For what a call failed with, or the timer that ended it. */
export function failureOf(thrown: unknown): Ending {
  if (thrown instanceof TimeoutReason) return failed(thrown.kind, thrown.message);
  if (thrown instanceof ProviderError) {
    const { kind, message, retryAfterMs, connected, isOwnNetwork, rateLimit, status, body, words } = thrown;
    const refusal = status === null || status < 400 ? null : { status, body, words };
    return { ...failed(kind, message), retryAfterMs, connected, isOwnNetwork, rateLimit, refusal };
  }
  return failed('server', 'The provider client failed unexpectedly.');
}

/** The clock on the wall runs on while the machine sleeps, the other one stands still. */
const sleptMs = 5_000;

/** The time of one call, from its making. */
export class AttemptWatch {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #startedMonotonicMs = performance.now();
  #firstTokenMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
  }

  /** Something of the answer is here; only the first time counts. */
  firstToken(): void {
    this.#firstTokenMs ??= this.#sinceStart();
  }

  ended(end: Ending, { finish, rateLimit, writtenChars, emittedToolCall }: Watched): AttemptEnd {
    const totalMs = this.#sinceStart();
    const { loadMs, askedWindow } = finish ?? {};
    return {
      ...uneventful,
      ...end,
      finishReason: finish?.finishReason ?? null,
      usage: finish?.usage ?? unknownUsage,
      firstTokenMs: this.#firstTokenMs,
      totalMs,
      wroteText: writtenChars > 0,
      writtenChars,
      emittedToolCall,
      rateLimit: end.rateLimit ?? rateLimit,
      slept: totalMs - (performance.now() - this.#startedMonotonicMs) > sleptMs,
      ...(loadMs !== undefined && { loadMs }),
      ...(askedWindow !== undefined && { askedWindow }),
    };
  }

  #sinceStart(): number {
    return this.#clock.nowMs() - this.#startedAtMs;
  }
}
