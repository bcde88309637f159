/**
 * One call on one route whose bytes pass through: the same timers, the same end as `attempt.ts`, without an object or a
 * promise a token. Nothing is passed before the first content, so that a server that accepts a call and then fails can still
 * be left; what stands before it (roles, opening events) goes out with it. From then on every piece passes as it comes.
 *
 * The end of an answer is passed only when the server sent it. An answer that breaks off is a failure like any other, and
 * what was passed is known to whoever goes on from it.
 */
import type { Clock } from '../../engine/index.ts';
import type {
  ForwardCall,
  ForwardFinish,
  ForwardListener,
  ForwardRequest,
  Forwarding,
  PassedPiece,
} from '../../providers/provider.ts';
import type { ProviderError } from '../../providers/provider.ts';
import { readRateLimit } from '../../providers/errors/rate-limit.ts';
import type { RateLimitObservation } from '../../providers/errors/rate-limit.ts';
import { AttemptWatch, cancelled, failed, failureOf } from './attempt-end.ts';
import type { AttemptEnd, Ending } from './attempt-end.ts';
import { createTimers } from '../stream/timers.ts';
import type { AttemptTimeouts, StreamTimers, TimeoutReason } from '../stream/timers.ts';

/** Who takes the bytes. */
export interface PassTarget {
  pass(piece: PassedPiece): void;
  /** What was passed has its end. */
  endPassed(): void;
  /** null: it keeps up. */
  slowdown(): Promise<void> | null;
}

export interface ForwardAttemptRequest {
  readonly forwarding: Forwarding;
  readonly request: ForwardRequest;
  readonly timeouts: AttemptTimeouts;
  /** The client's cancel. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly target: PassTarget;
}

/** Never rejects: every end is data. */
export function runForwardAttempt(request: ForwardAttemptRequest): Promise<AttemptEnd> {
  return new ForwardAttempt(request).run();
}

class ForwardAttempt implements ForwardListener {
  readonly #request: ForwardAttemptRequest;
  readonly #watch: AttemptWatch;
  readonly #timers: StreamTimers;
  readonly #end = Promise.withResolvers<AttemptEnd>();
  #call: ForwardCall | null = null;
  /** What came before the first content. */
  #held: PassedPiece[] | null = [];
  #rateLimit: RateLimitObservation | null = null;
  #finish: ForwardFinish | null = null;
  #writtenChars = 0;
  #emittedToolCall = false;
  #hasEnded = false;

  constructor(request: ForwardAttemptRequest) {
    this.#request = request;
    this.#watch = new AttemptWatch(request.clock);
    this.#timers = createTimers(request.timeouts, (reason) => this.#timedOut(reason));
  }

  run(): Promise<AttemptEnd> {
    const { forwarding, request, signal } = this.#request;
    if (signal.aborted) this.#ended(cancelled);
    else {
      signal.addEventListener('abort', this.#onCancel);
      this.#call = forwarding.send(request, this);
    }
    return this.#end.promise;
  }

  accepted(headers: Readonly<Record<string, string>>): void {
    this.#rateLimit = readRateLimit(headers, this.#request.clock.nowMs());
  }

  alive(): void {
    this.#timers.alive(false);
  }

  piece(piece: PassedPiece): boolean {
    this.#timers.alive(piece.hasContent);
    if (this.#held === null) return this.#pass(piece);
    if (!piece.hasContent) {
      this.#held.push(piece);
      return true;
    }
    this.#watch.firstToken();
    const first = this.#held.length === 0 ? piece : joined([...this.#held, piece]);
    this.#held = null;
    return this.#pass(first);
  }

  finished(finish: ForwardFinish): void {
    this.#finish = finish;
    // All that it may write can go into thoughts that are not shown: that is how such an answer looks.
    if (finish.finishReason === 'length') this.#passHeld();
    if (this.#held === null && finish.hasMarker) this.#request.target.endPassed();
    this.#ended(this.#held === null ? succeeded : unanswered(finish));
  }

  failed(error: ProviderError): void {
    this.#ended(failureOf(error));
  }

  readonly #onCancel = (): void => this.#stop(cancelled);

  /** The server said how the answer ended; that it then keeps still takes nothing away from it. */
  #timedOut(reason: TimeoutReason): void {
    const finish = this.#call?.finish ?? null;
    if (finish === null) {
      this.#stop(failureOf(reason));
      return;
    }
    this.#call?.abort();
    this.finished(finish);
  }

  #passHeld(): void {
    const held = this.#held;
    if (held === null || held.length === 0) return;
    this.#held = null;
    this.#pass(joined(held));
  }

  #stop(end: Ending): void {
    this.#call?.abort();
    this.#ended(end);
  }

  #pass(piece: PassedPiece): boolean {
    const { target } = this.#request;
    this.#writtenChars += piece.text.length;
    this.#emittedToolCall ||= piece.hasToolCall;
    target.pass(piece);
    const wait = target.slowdown();
    if (wait === null) return true;
    // The client's slowness is not the server's silence.
    this.#timers.pause();
    void wait.then(() => {
      if (this.#hasEnded) return;
      this.#timers.alive(true);
      this.#call?.resume();
    });
    return false;
  }

  #ended(end: Ending): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#timers.stop();
    this.#request.signal.removeEventListener('abort', this.#onCancel);
    this.#end.resolve(
      this.#watch.ended(end, {
        finish: this.#finish,
        rateLimit: this.#rateLimit,
        writtenChars: this.#writtenChars,
        emittedToolCall: this.#emittedToolCall,
      }),
    );
  }
}

const succeeded: Ending = { status: 'succeeded', failure: null, message: null };

/** A complete answer without anything in it was not passed, so another route may still give one. */
function unanswered({ finishReason }: ForwardFinish): Ending {
  return finishReason === 'contentFilter'
    ? failed('contentPolicy', 'The provider refused the task for policy reasons.')
    : failed('empty', 'The model gave an empty answer.');
}

function joined(pieces: readonly PassedPiece[]): PassedPiece {
  return {
    bytes: Buffer.concat(pieces.map(({ bytes }) => bytes)),
    events: pieces.flatMap(({ events }) => events),
    text: pieces.map(({ text }) => text).join(''),
    chars: pieces.reduce((sum, { chars }) => sum + chars, 0),
    hasContent: pieces.some(({ hasContent }) => hasContent),
    hasToolCall: pieces.some(({ hasToolCall }) => hasToolCall),
  };
}
