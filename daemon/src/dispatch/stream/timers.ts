/**
 * The three timers of a stream: until the first content, between two pieces of content, and for the whole. A ping is no
 * content: before the first content it extends nothing, after it the patience for a stall, once and up to a bound, so that
 * a server can neither hold a task for ever with pings nor lose it over a pause that it announces.
 */
import type { FailureKind } from '@task-router/protocol';

export interface AttemptTimeouts {
  /** Until the first content. */
  readonly firstTokenTimeoutMs: number;
  /** Between two pieces of content after that. */
  readonly stallTimeoutMs: number;
  /** For the whole call. */
  readonly timeoutMs: number;
}

type TimeoutKind = Extract<FailureKind, 'deadline' | 'firstTokenTimeout' | 'stall'>;

/** Reason a timer ends the call with. */
export class TimeoutReason extends Error {
  readonly kind: TimeoutKind;
  constructor(kind: TimeoutKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Content may be away for this long while pings arrive. */
const stallPingMaxMs = 60_000;
/** Of what a timer of the host is set to. */
const stepMs = 1_000;

export interface StreamTimers {
  /** A sign of life; `isContent` tells text, thinking and tool calls from pings. */
  alive(isContent: boolean): void;
  /** The next piece is waited for by nobody until the next sign of life. */
  pause(): void;
  stop(): void;
}

/** `onTimeout` is called once at most: for the time that runs out first. */
export function createTimers(
  timeouts: AttemptTimeouts,
  onTimeout: (reason: TimeoutReason) => void,
): StreamTimers {
  return new Timers(timeouts, onTimeout);
}

/**
 * One timer of the host for all three, wound up anew only when it goes off: a sign of life, as it comes token after token,
 * only moves the instant that is looked at then. It goes off early: no later than a stall that begins now, so that the first
 * token needs no other one; and at a length that many calls share, since the host keeps a list for each.
 */
class Timers implements StreamTimers {
  readonly #timeouts: AttemptTimeouts;
  readonly #onTimeout: (reason: TimeoutReason) => void;
  readonly #endsAtMs: number;
  #idleUntilMs: number;
  #contentAtMs: number | null = null;
  #timer: NodeJS.Timeout | null;
  /** When it goes off. */
  #timerAtMs: number;

  constructor(timeouts: AttemptTimeouts, onTimeout: (reason: TimeoutReason) => void) {
    this.#timeouts = timeouts;
    this.#onTimeout = onTimeout;
    const nowMs = performance.now();
    this.#endsAtMs = nowMs + timeouts.timeoutMs;
    this.#idleUntilMs = nowMs + timeouts.firstTokenTimeoutMs;
    const waitMs = sharedWaitMs(
      Math.min(timeouts.timeoutMs, timeouts.firstTokenTimeoutMs, timeouts.stallTimeoutMs),
    );
    this.#timerAtMs = nowMs + waitMs;
    this.#timer = setTimeout(this.#look, waitMs);
  }

  alive(isContent: boolean): void {
    if (this.#timer === null) return;
    const nowMs = performance.now();
    const { stallTimeoutMs } = this.#timeouts;
    if (isContent) {
      this.#contentAtMs = nowMs;
      this.#idleUntilMs = nowMs + stallTimeoutMs;
    } else if (this.#contentAtMs !== null) {
      const latestMs = this.#contentAtMs + Math.max(stallPingMaxMs, stallTimeoutMs);
      this.#idleUntilMs = Math.max(nowMs, Math.min(nowMs + stallTimeoutMs, latestMs));
    }
    if (this.#idleUntilMs < this.#timerAtMs) this.#wind(nowMs);
  }

  pause(): void {
    this.#idleUntilMs = Infinity;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wind(nowMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const waitMs = sharedWaitMs(Math.min(this.#endsAtMs, this.#idleUntilMs) - nowMs);
    this.#timerAtMs = nowMs + waitMs;
    this.#timer = setTimeout(this.#look, waitMs);
  }

  readonly #look = (): void => {
    const nowMs = performance.now();
    if (nowMs < this.#endsAtMs && nowMs < this.#idleUntilMs) {
      this.#wind(nowMs);
      return;
    }
    this.stop();
    this.#onTimeout(this.#reason());
  };

  #reason(): TimeoutReason {
    const { timeoutMs, firstTokenTimeoutMs, stallTimeoutMs } = this.#timeouts;
    if (this.#endsAtMs <= this.#idleUntilMs) return reasonOf('deadline', timeoutMs);
    return this.#contentAtMs === null
      ? reasonOf('firstTokenTimeout', firstTokenTimeoutMs)
      : reasonOf('stall', stallTimeoutMs);
  }
}

/** Whole steps while there are some; what is left of a step is waited for exactly. */
function sharedWaitMs(ms: number): number {
  return ms < stepMs ? Math.ceil(ms) : ms - (ms % stepMs);
}

function reasonOf(kind: TimeoutKind, ms: number): TimeoutReason {
  return new TimeoutReason(kind, sentences[kind](seconds(ms)));
}

const sentences: Readonly<Record<TimeoutKind, (time: string) => string>> = {
  deadline: (time) => `No complete answer within ${time}.`,
  firstTokenTimeout: (time) => `No first token within ${time}.`,
  stall: (time) => `The stream stood still for ${time}.`,
};

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
