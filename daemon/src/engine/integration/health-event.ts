/** What can happen to a route's health, from calls, from probes, from the clock and from people. */
import type { AttemptResult, FailureKind } from '../model.ts';

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
  /** `detectFailoverNeed` found enough evidence. */
  alarm: { readonly evidence: string };
  /** The monitor found that the route answers, but slower than usual. */
  slow: { readonly evidence: string };
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

/** The event an ended attempt stands for; null when it was cancelled, which says nothing of the route. */
export function healthEventOf(result: AttemptResult): HealthEvent | null {
  if (result.status === 'cancelled') return null;
  return result.failure === null
    ? { type: 'attemptSucceeded' }
    : { type: 'attemptFailed', kind: result.failure, retryAfterMs: result.retryAfterMs };
}
