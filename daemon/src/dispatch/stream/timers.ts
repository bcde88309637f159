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

/** Reason a timer aborts the call with. */
export class TimeoutReason extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Content may be away for this long while pings arrive. */
const stallPingMaxMs = 60_000;

export interface StreamTimers {
  readonly signal: AbortSignal;
  /** A sign of life; `isContent` tells text, thinking and tool calls from pings. */
  readonly alive: (isContent: boolean) => void;
  /** The next piece is waited for by nobody until the next sign of life. */
  readonly pause: () => void;
  readonly stop: () => void;
}

export function createTimers(timeouts: AttemptTimeouts): StreamTimers {
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
  let hasContent = false;
  let contentAtMs = 0;
  const wait = (ms: number) => {
    clearTimeout(idle);
    idle = setTimeout(fire('stall', `The stream stood still for ${seconds(timeouts.stallTimeoutMs)}.`), ms);
  };
  return {
    signal: controller.signal,
    alive(isContent) {
      const nowMs = performance.now();
      if (isContent) {
        hasContent = true;
        contentAtMs = nowMs;
        wait(timeouts.stallTimeoutMs);
      } else if (hasContent) {
        const leftMs = Math.max(stallPingMaxMs, timeouts.stallTimeoutMs) - (nowMs - contentAtMs);
        wait(Math.max(0, Math.min(timeouts.stallTimeoutMs, leftMs)));
      }
    },
    pause() {
      clearTimeout(idle);
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
