/**
 * One call on one route, from the first byte sent to its end: runs the timers, passes text on through its gate, and says
 * how it ended. Knows nothing of other routes; what follows a failure is the dispatcher's decision.
 */
import type { FinishReason } from '@task-router/protocol';
import type { Clock } from '../../engine/index.ts';
import type { ModelCall } from '../../providers/model-call.ts';
import type { GenerateEvent, Provider } from '../../providers/provider.ts';
import { readRateLimit } from '../../providers/errors/rate-limit.ts';
import type { RateLimitObservation } from '../../providers/errors/rate-limit.ts';
import { AttemptWatch, cancelled, failed, failureOf } from './attempt-end.ts';
import type { AttemptEnd, Ending, Watched } from './attempt-end.ts';
import type { AnswerGate } from '../stream/hold-back.ts';
import { createTimers } from '../stream/timers.ts';
import type { AttemptTimeouts, StreamTimers } from '../stream/timers.ts';
import { unlessAborted, untilAborted } from '../stream/until-aborted.ts';

export interface AttemptRequest {
  readonly provider: Provider;
  readonly modelId: string;
  readonly call: ModelCall;
  readonly maxOutputTokens: number | null;
  /** See `GenerateRequest`. */
  readonly readsAtMost?: number | undefined;
  readonly loadedWindow?: number | undefined;
  /** See `GenerateRequest`. */
  readonly emptyEnds: readonly FinishReason[];
  readonly timeouts: AttemptTimeouts;
  /** The developer's cancel. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** What the answer goes through before it is shown. */
  readonly gate: AnswerGate;
  /** null: whoever is shown the answer keeps up; else it is waited for, and the server's silence is not its own. */
  readonly slowdown?: () => Promise<void> | null;
}

/** Never throws: every end is data. */
export async function runAttempt(request: AttemptRequest): Promise<AttemptEnd> {
  return new Attempt(request).run();
}

class Attempt {
  readonly #request: AttemptRequest;
  readonly #watch: AttemptWatch;
  #writtenChars = 0;
  #rateLimit: RateLimitObservation | null = null;
  #emittedToolCall = false;
  #finish: Watched['finish'] = null;

  constructor(request: AttemptRequest) {
    this.#request = request;
    this.#watch = new AttemptWatch(request.clock);
  }

  async run(): Promise<AttemptEnd> {
    const { signal, gate, timeouts } = this.#request;
    const timeout = new AbortController();
    const timers = createTimers(timeouts, (reason) => timeout.abort(reason));
    try {
      const joins = await this.#read(AbortSignal.any([signal, timeout.signal]), timers);
      if (signal.aborted) return this.#ended(cancelled);
      return this.#ended(joins ? this.#verdict() : seamBroken);
    } catch (thrown) {
      return this.#ended(signal.aborted ? cancelled : failureOf(timeout.signal.reason ?? thrown));
    } finally {
      gate.drop();
      timers.stop();
    }
  }

  /** Reads the stream to its end; false: its text does not join on, and the call was ended. */
  async #read(signal: AbortSignal, timers: StreamTimers): Promise<boolean> {
    const { provider, modelId, call, maxOutputTokens, readsAtMost, loadedWindow, emptyEnds } = this.#request;
    const { gate, slowdown } = this.#request;
    const asked = { modelId, call, maxOutputTokens, readsAtMost, loadedWindow, emptyEnds };
    const events = provider.generate({ ...asked, signal });
    for await (const event of untilAborted(events, signal)) {
      if (!this.#take(event)) return false;
      const wait = slowdown?.() ?? null;
      if (wait !== null) {
        timers.pause();
        await unlessAborted(wait, signal);
      }
      timers.alive(isContent(event));
    }
    return this.#finish === null || this.#isEmptyEnd() || gate.finish();
  }

  /** False: it does not join on. */
  #take(event: GenerateEvent): boolean {
    switch (event.type) {
      case 'text':
        if (event.text === '') return true;
        this.#watch.firstToken();
        this.#writtenChars += event.text.length;
        return this.#request.gate.push(event);
      case 'toolStart':
      case 'toolDelta':
      case 'toolEnd':
        this.#watch.firstToken();
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
    if (hasText || this.#emittedToolCall || this.#isEmptyEnd())
      return { status: 'succeeded', failure: null, message: null };
    return isRefusal
      ? failed('contentPolicy', 'The provider refused the task for policy reasons.')
      : failed('empty', 'The model gave an empty answer.');
  }

  /** Nothing was written, and that is an end of which it may be so. */
  #isEmptyEnd(): boolean {
    const { emptyEnds } = this.#request;
    const isEmpty = this.#writtenChars === 0 && !this.#emittedToolCall;
    return isEmpty && this.#finish !== null && emptyEnds.includes(this.#finish.finishReason);
  }

  #ended(end: Ending): AttemptEnd {
    return this.#watch.ended(end, {
      finish: this.#finish,
      rateLimit: this.#rateLimit,
      writtenChars: this.#writtenChars,
      emittedToolCall: this.#emittedToolCall,
    });
  }
}

const seamBroken: Ending = {
  ...failed('truncated', 'The answer could not be continued from where it broke off.'),
  seamBroken: true,
};

function isContent({ type }: GenerateEvent): boolean {
  return type !== 'progress' && type !== 'headers' && type !== 'finish';
}
