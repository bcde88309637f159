/**
 * One call on one route, from the first byte sent to its end: runs the timers, passes text on, and says how it
 * ended. Knows nothing of other routes; what follows a failure is the dispatcher's decision.
 */
import type { ChatMessage, FailureKind, FinishReason } from '@task-router/protocol';
import type { Clock } from '../engine/index.ts';
import type { Provider, Usage } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider.ts';

export interface AttemptTimeouts {
  /** Until the first text. */
  readonly firstTokenTimeoutMs: number;
  /** Between two signs of life after that. */
  readonly stallTimeoutMs: number;
  /** For the whole call. */
  readonly timeoutMs: number;
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
  readonly emittedText: boolean;
  readonly emittedChars: number;
  readonly retryAfterMs: number | null;
  /** Time the server says it spent on loading the model, in ms; absent: it does not say. */
  readonly loadMs?: number;
  /** Window that the call asked for, in tokens; absent: it was left to the server. */
  readonly askedWindow?: number;
}

export interface AttemptRequest {
  readonly provider: Provider;
  readonly modelId: string;
  readonly messages: readonly ChatMessage[];
  readonly maxOutputTokens: number | null;
  /** See `GenerateRequest`. */
  readonly readsAtMost?: number | undefined;
  readonly loadedWindow?: number | undefined;
  readonly timeouts: AttemptTimeouts;
  /** The developer's cancel. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onText: (text: string) => void;
}

const unknownUsage: Usage = {
  inputTokens: null,
  outputTokens: null,
  cachedInputTokens: null,
  reasoningTokens: null,
};

/** Reason a timer aborts the call with. */
class TimeoutReason extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Never throws: every end is data. */
export async function runAttempt(request: AttemptRequest): Promise<AttemptEnd> {
  const { clock, signal } = request;
  const startedAtMs = clock.nowMs();
  const timers = createTimers(request.timeouts);
  let firstTokenMs: number | null = null;
  let emittedChars = 0;
  let finish:
    ({ finishReason: FinishReason; usage: Usage } & Pick<AttemptEnd, 'loadMs' | 'askedWindow'>) | null = null;

  const ended = (
    end: Pick<AttemptEnd, 'status' | 'failure' | 'message'> & Partial<Pick<AttemptEnd, 'retryAfterMs'>>,
  ): AttemptEnd => ({
    ...end,
    retryAfterMs: end.retryAfterMs ?? null,
    finishReason: finish?.finishReason ?? null,
    usage: finish?.usage ?? unknownUsage,
    firstTokenMs,
    totalMs: clock.nowMs() - startedAtMs,
    emittedText: emittedChars > 0,
    emittedChars,
    ...(finish?.loadMs !== undefined && { loadMs: finish.loadMs }),
    ...(finish?.askedWindow !== undefined && { askedWindow: finish.askedWindow }),
  });

  try {
    const events = request.provider.generate({
      modelId: request.modelId,
      messages: request.messages,
      maxOutputTokens: request.maxOutputTokens,
      readsAtMost: request.readsAtMost,
      loadedWindow: request.loadedWindow,
      signal: AbortSignal.any([signal, timers.signal]),
    });
    for await (const event of untilAborted(events, AbortSignal.any([signal, timers.signal]))) {
      if (event.type === 'finish') finish = event;
      if (event.type === 'text' && event.text !== '') {
        firstTokenMs ??= clock.nowMs() - startedAtMs;
        emittedChars += event.text.length;
        request.onText(event.text);
      }
      timers.alive(firstTokenMs !== null);
    }
    if (signal.aborted) return ended({ status: 'cancelled', failure: null, message: null });
    if (finish === null) {
      return ended({
        status: 'failed',
        failure: 'truncated',
        message: 'The answer broke off before its end.',
      });
    }
    if (emittedChars === 0) return ended(emptyEnd(finish.finishReason));
    if (finish.finishReason === 'contentFilter') {
      return ended({
        status: 'failed',
        failure: 'contentPolicy',
        message: 'The provider stopped the answer for policy reasons.',
      });
    }
    return ended({ status: 'succeeded', failure: null, message: null });
  } catch (thrown) {
    if (signal.aborted) return ended({ status: 'cancelled', failure: null, message: null });
    return ended(failureOf(thrown, timers.signal));
  } finally {
    timers.stop();
  }
}

type FailedEnd = Pick<AttemptEnd, 'status' | 'failure' | 'message'> &
  Partial<Pick<AttemptEnd, 'retryAfterMs'>>;

function emptyEnd(finishReason: FinishReason): FailedEnd {
  return finishReason === 'contentFilter'
    ? {
        status: 'failed',
        failure: 'contentPolicy',
        message: 'The provider refused the task for policy reasons.',
      }
    : { status: 'failed', failure: 'empty', message: 'The model gave an empty answer.' };
}

function failureOf(thrown: unknown, timeoutSignal: AbortSignal): FailedEnd {
  const reason: unknown = timeoutSignal.reason;
  if (timeoutSignal.aborted && reason instanceof TimeoutReason) {
    return { status: 'failed', failure: reason.kind, message: reason.message };
  }
  if (thrown instanceof ProviderError) {
    return {
      status: 'failed',
      failure: thrown.kind,
      message: thrown.message,
      retryAfterMs: thrown.retryAfterMs,
    };
  }
  return { status: 'failed', failure: 'server', message: 'The provider client failed unexpectedly.' };
}

/** Ends the loop at once when aborted, even if the provider's iterator ignores its signal. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => undefined);
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted]);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
    // Not awaited: a hung provider must not hold the task.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function createTimers(timeouts: AttemptTimeouts) {
  const controller = new AbortController();
  const fire = (kind: FailureKind, message: string) => () => {
    controller.abort(new TimeoutReason(kind, message));
  };
  const total = setTimeout(
    fire('deadline', `No complete answer within ${seconds(timeouts.timeoutMs)}.`),
    timeouts.timeoutMs,
  );
  let idle = setTimeout(
    fire('firstTokenTimeout', `No first token within ${seconds(timeouts.firstTokenTimeoutMs)}.`),
    timeouts.firstTokenTimeoutMs,
  );
  return {
    signal: controller.signal,
    /** A sign of life. Before the first text only text itself counts, else pings could hold a task for ever. */
    alive(hasText: boolean) {
      if (!hasText) return;
      clearTimeout(idle);
      idle = setTimeout(
        fire('stall', `The stream stood still for ${seconds(timeouts.stallTimeoutMs)}.`),
        timeouts.stallTimeoutMs,
      );
    },
    stop() {
      clearTimeout(total);
      clearTimeout(idle);
    },
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
