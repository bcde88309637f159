/** Moves that a call's end makes. */
import type { FailureKind } from '../../model.ts';
import type { EjectionCause, RouteHealthState } from '../health-state.ts';
import type { HealthConfig, Situation } from './situation.ts';
import { countStreak, ejectForFailures, enter, fall, recover } from './steps.ts';

export function countSuccess({ health, config }: Situation): RouteHealthState {
  return {
    ...health,
    consecutiveFailures: 0,
    consecutiveSuccesses: health.consecutiveSuccesses + 1,
    recent: `${health.recent}.`.slice(-config.recentCalls),
  };
}

export function becomeHealthy(at: Situation): RouteHealthState {
  return enter(countSuccess(at), 'healthy', { nowMs: at.nowMs, reason: 'answered' });
}

/** Healthy after enough successes in a row. */
export function heal(at: Situation): RouteHealthState {
  const counted = countSuccess(at);
  if (counted.consecutiveSuccesses < at.config.healAfter) return counted;
  const reason = `${counted.consecutiveSuccesses} answers in a row`;
  return enter(counted, 'healthy', { nowMs: at.nowMs, reason });
}

/** An answer although the route was out (a call that was under way, or a last resort) is worth more than a probe. */
export function readmitByAnswer(at: Situation): RouteHealthState {
  return at.health.cause === 'rateLimit' ? at.health : recover(at, 'answered');
}

/** Where one failure tells little: degraded after some in a row, out after more. */
export function fail(at: Situation<'attemptFailed'>): RouteHealthState {
  return coolDown(at) ?? (isBlamed(at) ? fall(countFailure(at), at, failureReason(at)) : at.health);
}

/** On probation one failure is enough. */
export function failOnProbation(at: Situation<'attemptFailed'>): RouteHealthState {
  return (
    coolDown(at) ?? (isBlamed(at) ? ejectForFailures(countFailure(at), at, failureReason(at)) : at.health)
  );
}

/** Already out: only a longer cool-down changes anything. */
export function failWhileOut(at: Situation<'attemptFailed'>): RouteHealthState {
  const longer = coolDown(at);
  return longer !== null && (longer.untilMs ?? 0) > (at.health.untilMs ?? 0) ? longer : at.health;
}

export function countFailureOnly(at: Situation<'attemptFailed'>): RouteHealthState {
  return isBlamed(at) ? countFailure(at) : at.health;
}

function countFailure({ health, config }: Situation): RouteHealthState {
  return { ...countStreak(health), recent: `${health.recent}x`.slice(-config.recentCalls) };
}

function isBlamed({ event, config }: Situation<'attemptFailed'>): boolean {
  return config.failureRules[event.kind].countsAgainstHealth;
}

function failureReason({ event }: Situation<'attemptFailed'>): string {
  return event.connected === false ? 'no connection' : failureWords[event.kind];
}

/** Keeps the route out for as long as the kind of failure asks; null when it asks for nothing. */
function coolDown(at: Situation<'attemptFailed'>): RouteHealthState | null {
  const { event, nowMs, config, health } = at;
  const reason = failureReason(at);
  const out = (cause: EjectionCause, forMs: number) =>
    enter(health, 'ejected', { nowMs, cause, untilMs: nowMs + forMs, reason });
  switch (config.failureRules[event.kind].coolsDown) {
    case 'untilReset':
      return out('rateLimit', rateLimitMs(event.retryAfterMs ?? null, config));
    case 'untilCredentialChanges':
      return out('credential', config.credentialMs);
    case 'untilModelAppears':
      return out('model', config.modelMs);
    case null:
      return null;
  }
}

/** Never shorter than the provider asked for, and bounded, so that no header benches a route for good. */
function rateLimitMs(retryAfterMs: number | null, config: HealthConfig): number {
  if (retryAfterMs === null || !(retryAfterMs > 0)) return config.rateLimitMs;
  return Math.min(retryAfterMs, config.rateLimitMaxMs);
}

/** How a failure is called in a reason. */
const failureWords: Readonly<Record<FailureKind, string>> = {
  badRequest: 'request refused',
  auth: 'key refused',
  billing: 'account out of money or quota',
  modelNotFound: 'model not found',
  rateLimit: 'rate limit',
  overloaded: 'overloaded',
  server: 'server error',
  network: 'network failure',
  firstTokenTimeout: 'no first token in time',
  stall: 'stream stood still',
  deadline: 'out of time',
  truncated: 'answer broke off',
  empty: 'empty answer',
  contentPolicy: 'refused for policy reasons',
  contextLength: 'context too long',
  consentNeeded: 'consent missing',
  windowClosed: 'window closed',
};
