/**
 * One call on one route, from the first byte sent to its end: runs the timers, passes text on through its gate, and says
 * how it ended. Knows nothing of other routes; what follows a failure is the dispatcher's decision.
 */
import { performance } from 'node:perf_hooks';
import type { FailureKind, FinishReason } from '@task-router/protocol';
import type { Clock } from '../engine/index.ts';
import type { ModelCall } from '../providers/model-call.ts';
import type { GenerateEvent, Provider, Usage } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider.ts';
import { readRateLimit } from '../providers/rate-limit.ts';
import type { RateLimitObservation } from '../providers/rate-limit.ts';
import type { AnswerGate } from './stream/hold-back.ts';
import { TimeoutReason, createTimers } from './stream/timers.ts';
import type { AttemptTimeouts, StreamTimers } from './stream/timers.ts';
import { unlessAborted, untilAborted } from './stream/until-aborted.ts';

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
  /** The text did not join on to the answer that it was to continue. */
  readonly seamBroken: boolean;
  /** The machine was asleep meanwhile, which is nobody's failure. */
  readonly slept: boolean;
  /** The server's own word on why it refused; null: it did not refuse, or said nothing. */
  readonly refusal: { readonly status: number; readonly body: string } | null;
  /** What the server said of the account's limits, on success as on failure; null: nothing. */
  readonly rateLimit: RateLimitObservation | null;
  /** Time the server says it spent on loading the model, in ms; absent: it does not say. */
  readonly loadMs?: number;
  /** Window that the call asked for, in tokens; absent: it was left to the server. */
  readonly askedWindow?: number;
}

export interface AttemptRequest {
  readonly provider: Provider;
  readonly modelId: string;
  readonly call: ModelCall;
  readonly maxOutputTokens: number | null;
  /** See `GenerateRequest`. */
  readonly readsAtMost?: number | undefined;
  readonly loadedWindow?: number | undefined;
  readonly timeouts: AttemptTimeouts;
  /** The developer's cancel. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** What the answer goes through before it is shown. */
  readonly gate: AnswerGate;
  /** null: whoever is shown the answer keeps up; else it is waited for, and the server's silence is not its own. */
  readonly slowdown?: () => Promise<void> | null;
}

const unknownUsage: Usage = {
  inputTokens: null,
  outputTokens: null,
  cachedInputTokens: null,
  reasoningTokens: null,
};

/** The clock on the wall runs on while the machine sleeps, the other one stands still. */
const sleptMs = 5_000;

/** Never throws: every end is data. */
export async function runAttempt(request: AttemptRequest): Promise<AttemptEnd> {
  return new Attempt(request).run();
}

type Ending = Pick<AttemptEnd, 'status' | 'failure' | 'message'> &
  Partial<Pick<AttemptEnd, 'retryAfterMs' | 'connected' | 'seamBroken' | 'rateLimit' | 'refusal'>>;

type Finish = { readonly finishReason: FinishReason; readonly usage: Usage } & Pick<
  AttemptEnd,
  'loadMs' | 'askedWindow'
>;

/** What an end has that says nothing of these. */
const uneventful = { retryAfterMs: null, connected: true, seamBroken: false, refusal: null } as const;

const cancelled: Ending = { status: 'cancelled', failure: null, message: null };

class Attempt {
  readonly #request: AttemptRequest;
  readonly #startedAtMs: number;
  readonly #startedMonotonicMs = performance.now();
  #firstTokenMs: number | null = null;
  #writtenChars = 0;
  #rateLimit: RateLimitObservation | null = null;
  #emittedToolCall = false;
  #finish: Finish | null = null;

  constructor(request: AttemptRequest) {
    this.#request = request;
    this.#startedAtMs = request.clock.nowMs();
  }

  async run(): Promise<AttemptEnd> {
    const { signal, gate, timeouts } = this.#request;
    const timers = createTimers(timeouts);
    try {
      const joins = await this.#read(AbortSignal.any([signal, timers.signal]), timers);
      if (signal.aborted) return this.#ended(cancelled);
      return this.#ended(joins ? this.#verdict() : seamBroken);
    } catch (thrown) {
      return this.#ended(signal.aborted ? cancelled : failureOf(thrown, timers.signal));
    } finally {
      gate.drop();
      timers.stop();
    }
  }

  /** Reads the stream to its end; false: its text does not join on, and the call was ended. */
  async #read(signal: AbortSignal, timers: StreamTimers): Promise<boolean> {
    const { provider, modelId, call, maxOutputTokens, readsAtMost, loadedWindow, gate, slowdown } =
      this.#request;
    const events = provider.generate({ modelId, call, maxOutputTokens, readsAtMost, loadedWindow, signal });
    for await (const event of untilAborted(events, signal)) {
      if (!this.#take(event)) return false;
      const wait = slowdown?.() ?? null;
      if (wait !== null) {
        timers.pause();
        await unlessAborted(wait, signal);
      }
      timers.alive(isContent(event));
    }
    return this.#finish === null || gate.finish();
  }

  /** False: it does not join on. */
  #take(event: GenerateEvent): boolean {
    switch (event.type) {
      case 'text':
        if (event.text === '') return true;
        this.#firstTokenMs ??= this.#sinceStart();
        this.#writtenChars += event.text.length;
        return this.#request.gate.push(event);
      case 'toolStart':
      case 'toolDelta':
      case 'toolEnd':
        this.#firstTokenMs ??= this.#sinceStart();
        if (!this.#request.gate.push(event)) return false;
        this.#emittedToolCall = true;
        return true;
      case 'thinking':
        return this.#request.gate.push(event);
      case 'finish':
        this.#finish = event;
        return true;
      case 'headers':
        this.#rateLimit = readRateLimit(event.headers, this.#request.clock.nowMs());
        return true;
      case 'progress':
        return true;
    }
  }

  #verdict(): Ending {
    if (this.#finish === null) return failed('truncated', 'The answer broke off before its end.');
    const isRefusal = this.#finish.finishReason === 'contentFilter';
    const hasText = this.#writtenChars > 0;
    if (hasText && isRefusal)
      return failed('contentPolicy', 'The provider stopped the answer for policy reasons.');
    if (hasText || this.#emittedToolCall) return { status: 'succeeded', failure: null, message: null };
    return isRefusal
      ? failed('contentPolicy', 'The provider refused the task for policy reasons.')
      : failed('empty', 'The model gave an empty answer.');
  }

  #ended(end: Ending): AttemptEnd {
    const totalMs = this.#sinceStart();
    const { loadMs, askedWindow } = this.#finish ?? {};
    return {
      ...uneventful,
      ...end,
      finishReason: this.#finish?.finishReason ?? null,
      usage: this.#finish?.usage ?? unknownUsage,
      firstTokenMs: this.#firstTokenMs,
      totalMs,
      wroteText: this.#writtenChars > 0,
      writtenChars: this.#writtenChars,
      rateLimit: end.rateLimit ?? this.#rateLimit,
      emittedToolCall: this.#emittedToolCall,
      slept: totalMs - (performance.now() - this.#startedMonotonicMs) > sleptMs,
      ...(loadMs !== undefined && { loadMs }),
      ...(askedWindow !== undefined && { askedWindow }),
    };
  }

  #sinceStart(): number {
    return this.#request.clock.nowMs() - this.#startedAtMs;
  }
}

const seamBroken: Ending = {
  ...failed('truncated', 'The answer could not be continued from where it broke off.'),
  seamBroken: true,
};

function isContent({ type }: GenerateEvent): boolean {
  return type !== 'progress' && type !== 'headers' && type !== 'finish';
}

function failed(failure: FailureKind, message: string): Ending {
  return { status: 'failed', failure, message };
}

function failureOf(thrown: unknown, timeoutSignal: AbortSignal): Ending {
  const reason: unknown = timeoutSignal.reason;
  if (timeoutSignal.aborted && reason instanceof TimeoutReason) return failed(reason.kind, reason.message);
  if (thrown instanceof ProviderError) {
    const { kind, message, retryAfterMs, connected, rateLimit, status, body } = thrown;
    const refusal = status === null || status < 400 ? null : { status, body };
    return { ...failed(kind, message), retryAfterMs, connected, rateLimit, refusal };
  }
  return failed('server', 'The provider client failed unexpectedly.');
}
