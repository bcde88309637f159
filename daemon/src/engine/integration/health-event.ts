/** What can happen to a route's health, from calls, from probes, from the clock and from people. */
import type { AttemptResult, FailureKind } from '../model/attempt.ts';

interface EventData {
  attemptSucceeded: object;
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
  /** It found evidence that the route fails too often, though it answers most calls. */
  failing: { readonly evidence: string };
  /** It found evidence that the route answers, but slower than it used to. */
  slow: { readonly evidence: string };
  /** What failed was this machine's own network: what was held against the route is taken back. */
  forgive: { readonly sinceMs: number };
  /** A person takes back what is being done to the route, whoever did it. */
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
  if (result.failure === null) return { type: 'attemptSucceeded' };
  return {
    type: 'attemptFailed',
    kind: result.failure,
    retryAfterMs: result.retryAfterMs,
    ...(result.connected === false && { connected: false }),
  };
}
