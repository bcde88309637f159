/** Moves that a call's end makes. */
import { latencySigma } from '../../config/health.ts';
import { observeFailureRate, observeResidual } from '../../math/cusum.ts';
import type { FailureKind } from '../../model/attempt.ts';
import { maxSlowSessions, type EjectionCause, type RouteHealthState } from '../health-state.ts';
import type { HealthConfig, Situation } from './situation.ts';
import { countStreak, ejectForFailures, enter, fall, recover, roundOut } from './steps.ts';

export function countSuccess(at: Situation<'attemptSucceeded'>): RouteHealthState {
  const { health, config } = at;
  const { cusumP0, cusumP1 } = config.thresholds;
  return {
    ...health,
    consecutiveFailures: 0,
    consecutiveSuccesses: health.consecutiveSuccesses + 1,
    recent: `${health.recent}.`.slice(-config.recentCalls),
    errorEvidence: observeFailureRate(health.errorEvidence, false, cusumP0, cusumP1),
    ...countSlowness(at),
  };
}

/** Residual against the prediction, on a logarithmic scale: twice as long is as far off for a short call as for a long one. */
function countSlowness({
  health,
  event,
  config,
}: Situation<'attemptSucceeded'>): Pick<RouteHealthState, 'slowEvidence' | 'slowSessions'> {
  const { totalMs, predictedMs, session } = event;
  const { slowEvidence: before, slowSessions } = health;
  if (totalMs === undefined || predictedMs === undefined || !(totalMs > 0) || !(predictedMs > 0))
    return { slowEvidence: before, slowSessions };
  const { latencyCusumK, latencyClip } = config.thresholds;
  const residual = Math.log(totalMs / predictedMs) / latencySigma;
  const slowEvidence = observeResidual(before, residual, latencyCusumK, latencyClip);
  if (slowEvidence.observations === 0) return { slowEvidence, slowSessions: [] };
  if (session === undefined || slowSessions.includes(session)) return { slowEvidence, slowSessions };
  return { slowEvidence, slowSessions: [...slowSessions, session].slice(-maxSlowSessions) };
}

export function becomeHealthy(at: Situation<'attemptSucceeded'>): RouteHealthState {
  return enter(countSuccess(at), 'healthy', { nowMs: at.nowMs, reason: 'answered' });
}

/** Healthy after enough successes in a row. */
export function heal(at: Situation<'attemptSucceeded'>): RouteHealthState {
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

export function countFailureOnly(at: Situation<'attemptFailed'>): RouteHealthState {
  return isBlamed(at) ? countFailure(at) : at.health;
}

function countFailure({ health, config }: Situation): RouteHealthState {
  const { cusumP0, cusumP1 } = config.thresholds;
  return {
    ...countStreak(health),
    recent: `${health.recent}x`.slice(-config.recentCalls),
    errorEvidence: observeFailureRate(health.errorEvidence, true, cusumP0, cusumP1),
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
