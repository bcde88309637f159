/** What can happen to a route's health, from calls, from probes, from the clock and from people. */
import type { AttemptResult, FailureKind } from '../model/attempt.ts';

interface EventData {
  attemptSucceeded: {
    /** What it took and was predicted to take, ms; absent: no prediction to compare with. */
    readonly totalMs?: number;
    readonly predictedMs?: number;
    readonly session?: string;
  };
  attemptFailed: {
    readonly kind: FailureKind;
    /** The provider's own word on when to come back. */
    readonly retryAfterMs?: number | null;
    /** False when no connection came about at all: evidence enough by itself. */
    readonly connected?: boolean;
  };
  probeSucceeded: { readonly latencyMs?: number | null };
  probeFailed: { readonly message?: string | null };
  /** `untilMs` of the state has come. Sent too early it changes nothing. */
  cooldownElapsed: object;
  /** `detectFailoverNeed` found enough evidence to leave the route. */
  alarm: { readonly evidence: string };
  /** It found evidence that the route answers, but slower than predicted. */
  slow: { readonly evidence: string };
  /** What failed was this machine's own network: what was held against the route is taken back. */
  forgive: { readonly sinceMs: number };
  /** A person takes the last action back: the route may be tried again now. */
  undo: object;
  drain: object;
  disable: object;
  enable: object;
  /** A new key, or the old one confirmed anew. */
  credentialChanged: object;
}

export type HealthEventType = keyof EventData;

/** One event; `HealthEvent<'alarm'>` is that of one type. */
export type HealthEvent<Type extends HealthEventType = HealthEventType> = {
  [Each in Type]: { readonly type: Each } & EventData[Each];
}[Type];

/** The event an ended attempt stands for; null when it says nothing of the route: cancelled, or excused. */
export function healthEventOf(result: AttemptResult): HealthEvent | null {
  if (result.status === 'cancelled' || result.excused === true) return null;
  if (result.failure === null) {
    const { totalMs, predictedMs = null, session } = result;
    return {
      type: 'attemptSucceeded',
      ...(predictedMs !== null && { totalMs, predictedMs }),
      ...(session !== undefined && { session }),
    };
  }
  return {
    type: 'attemptFailed',
    kind: result.failure,
    retryAfterMs: result.retryAfterMs,
    ...(result.connected === false && { connected: false }),
  };
}
