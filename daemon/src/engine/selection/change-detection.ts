/**
 * Notices that a model got worse than its posterior says ("it got dumber today"), and lets go of most of the evidence
 * then. A one-sided Bernoulli CUSUM over graded outcomes, each against the chance its own task had, so that a run of
 * hard tasks is no change. Between changes nothing is forgotten: constant discounting costs regret every day for a
 * change that comes once a year. Improvements need no alarm: the posterior finds them, and waiting costs little.
 *
 * A value, not an object: one state per model, kept by the caller as JSON. Graded outcomes only; an outage is none.
 */
import { change } from '../config.ts';
import { clamp } from '../math/clamp.ts';
import type { QualityFacts } from '../model.ts';

export interface ChangeState {
  /** Evidence for a change, in nats; at least 0. */
  readonly evidence: number;
  /** Changes seen so far. */
  readonly changes: number;
}

export const initialChange: ChangeState = { evidence: 0, changes: 0 };

/** A graded outcome with the chance of success that the posterior gave its task beforehand. */
export interface GradedOutcome {
  readonly success: boolean;
  readonly expected: number;
}

/** The next state, and whether this outcome completed the evidence for a change. */
export function detectChange(
  state: ChangeState,
  { success, expected }: GradedOutcome,
): { readonly state: ChangeState; readonly changed: boolean } {
  const usual = clamp(expected, 0.02, 0.98);
  const worse = usual * change.dropFactor;
  const step = success ? Math.log(worse / usual) : Math.log((1 - worse) / (1 - usual));
  const evidence = Math.max(0, state.evidence + step);
  if (evidence < change.threshold) return { state: { ...state, evidence }, changed: false };
  return { state: { evidence: 0, changes: state.changes + 1 }, changed: true };
}

/** The posterior after a change: the same mean, a fifth of the pseudo-counts, but never fewer than two. */
export function shrinkAfterChange({ alpha, beta }: QualityFacts): QualityFacts {
  const counts = alpha + beta;
  const share = Math.min(1, Math.max(change.shrink, change.minPseudoCounts / counts));
  return { alpha: alpha * share, beta: beta * share };
}
