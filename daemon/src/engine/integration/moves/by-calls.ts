/** Moves that a call's end makes. */
import { accumulate, bernoulliStep } from '../../math/evidence.ts';
import type { FailureKind } from '../../model/attempt.ts';
import type { EjectionCause, RouteHealthState } from '../health-state.ts';
import type { HealthConfig, Situation } from './situation.ts';
import { begunAnew, countStreak, ejectForFailures, enter, fall, recover, roundOut } from './steps.ts';

export function countSuccess(at: Situation<'attemptSucceeded'>): RouteHealthState {
  const { health, nowMs, config } = at;
  const { cusumP0, cusumP1 } = config.thresholds;
  return {
    ...health,
    consecutiveFailures: 0,
    consecutiveSuccesses: health.consecutiveSuccesses + 1,
    recent: `${health.recent}.`.slice(-config.recentCalls),
    errorEvidence: accumulate(health.errorEvidence, bernoulliStep(false, cusumP0, cusumP1), nowMs),
  };
}

export function becomeHealthy(at: Situation<'attemptSucceeded'>): RouteHealthState {
  return enter(countSuccess(at), 'healthy', { nowMs: at.nowMs, reason: 'answered' });
}

/** Healthy after enough successes in a row, and not before the evidence that it fails too often is gone. */
export function heal(at: Situation<'attemptSucceeded'>): RouteHealthState {
  const { nowMs, config } = at;
  const counted = countSuccess(at);
  const { consecutiveSuccesses, errorEvidence, state } = counted;
  const isWell = consecutiveSuccesses >= config.healAfter && errorEvidence.sum < config.thresholds.cusumHealH;
  // While calls tell of it, time alone changes nothing.
  if (!isWell) return state === 'degraded' ? { ...counted, untilMs: nowMs + config.degradedMs } : counted;
  const reason = `${consecutiveSuccesses} answers in a row`;
  // What was held against it has been made good and is not held against it again.
  const clean = counted.cause === 'failures' ? begunAnew(counted) : counted;
  return enter(clean, 'healthy', { nowMs, reason });
}

/** An answer although the route was out (a call that was under way, or a last resort) is worth more than a probe. */
export function readmitByAnswer(at: Situation): RouteHealthState {
  return at.health.cause === 'rateLimit' ? at.health : recover(at, 'answered');
}

/** Where one failure tells little: degraded after some in a row, out after more. */
export function fail(at: Situation<'attemptFailed'>): RouteHealthState {
  const cooled = coolDown(at);
  if (cooled !== null) return cooled;
  if (!isBlamed(at)) return at.health;
  const { isConclusive } = at.config.failureRules[at.event.kind];
  return isConclusive
    ? ejectForFailures(countFailure(at), at, failureReason(at))
    : fall(countFailure(at), at, failureReason(at));
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

function countFailure(at: Situation): RouteHealthState {
  const { health, nowMs, config } = at;
  const { cusumP0, cusumP1 } = config.thresholds;
  return {
    ...countStreak(at),
    recent: `${health.recent}x`.slice(-config.recentCalls),
    errorEvidence: accumulate(health.errorEvidence, bernoulliStep(true, cusumP0, cusumP1), nowMs),
  };
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
    case 'untilReset': {
      const namedMs = namedResetMs(event.retryAfterMs ?? null, config);
      if (namedMs !== null) return out('rateLimit', namedMs);
      // Nobody said when: longer each time, and a server that is merely overloaded may be asked whether it still is.
      return roundOut(health, at, { reason, cause: event.kind === 'overloaded' ? 'failures' : 'rateLimit' });
    }
    case 'untilCredentialChanges':
      return out('credential', config.credentialMs);
    case 'untilModelAppears':
      return out('model', config.modelMs);
    case null:
      return null;
  }
}

/** Never shorter than the provider asked for, and bounded, so that no header benches a route for good; null: not named. */
function namedResetMs(retryAfterMs: number | null, config: HealthConfig): number | null {
  return retryAfterMs !== null && retryAfterMs > 0 ? Math.min(retryAfterMs, config.rateLimitMaxMs) : null;
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
