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

export interface StreamTimers {
  /** A sign of life; `isContent` tells text, thinking and tool calls from pings. */
  readonly alive: (isContent: boolean) => void;
  /** The next piece is waited for by nobody until the next sign of life. */
  readonly pause: () => void;
  readonly stop: () => void;
}

/** `onTimeout` is called once at most: for the timer that fires first. */
export function createTimers(
  timeouts: AttemptTimeouts,
  onTimeout: (reason: TimeoutReason) => void,
): StreamTimers {
  const fire = (kind: TimeoutKind, ms: number): void => {
    stop();
    onTimeout(new TimeoutReason(kind, sentences[kind](seconds(ms))));
  };
  const { firstTokenTimeoutMs, stallTimeoutMs, timeoutMs } = timeouts;
  const total = setTimeout(fire, timeoutMs, 'deadline', timeoutMs);
  let idle = setTimeout(fire, firstTokenTimeoutMs, 'firstTokenTimeout', firstTokenTimeoutMs);
  const stop = (): void => {
    clearTimeout(total);
    clearTimeout(idle);
  };
  let contentAtMs: number | null = null;
  /** For what the timer stands now; it is only wound up again while that stays the same, as it does token after token. */
  let waitsMs: number | null = null;
  const wait = (ms: number): void => {
    if (ms === waitsMs) {
      idle.refresh();
      return;
    }
    clearTimeout(idle);
    idle = setTimeout(fire, ms, 'stall', stallTimeoutMs);
    waitsMs = ms;
  };
  return {
    alive(isContent) {
      const nowMs = performance.now();
      if (isContent) {
        contentAtMs = nowMs;
        wait(stallTimeoutMs);
      } else if (contentAtMs !== null) {
        const leftMs = Math.max(stallPingMaxMs, stallTimeoutMs) - (nowMs - contentAtMs);
        wait(Math.max(0, Math.min(stallTimeoutMs, leftMs)));
      }
    },
    pause() {
      clearTimeout(idle);
      waitsMs = null;
    },
    stop,
  };
}

const sentences: Readonly<Record<TimeoutKind, (time: string) => string>> = {
  deadline: (time) => `No complete answer within ${time}.`,
  firstTokenTimeout: (time) => `No first token within ${time}.`,
  stall: (time) => `The stream stood still for ${time}.`,
};

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
