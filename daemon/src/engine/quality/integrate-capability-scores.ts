/**
 * `integrateCapabilityScores`: graded outcomes move what is believed of a model, per task class. This is the
 * specification's update of confidence, priority and metadata as Bayes' rule: the published prior and the grades are
 * counts of one Beta distribution. A grade says how good an answer was. How a call ended is no grade and has no way in
 * here: an outage never lowers capability.
 *
 * Grades do not fade with time, which would forget what is still true; but a sequential test watches for a change of
 * the model itself (a silent update, another quantisation), and a detected change leaves a fifth of all belief.
 */
import { clamp, clampUnit } from '../math/clamp.ts';
import { meanOf, quantileOf, strengthOf, weakened, withEvidence, type Belief } from './belief.ts';
import { emptyCapability, type CapabilityState, type GradeSource } from './capability-state.ts';

export interface Grade {
  readonly taskClass: string;
  /** 0 useless .. 1 as wished. */
  readonly value: number;
  readonly source: GradeSource;
  /** Chance with which this model was chosen; 1 without exploration. Rarely made choices count more. */
  readonly propensity: number;
  /** What had been expected, 0..1: the mean of the belief at the decision. */
  readonly expected: number;
  readonly atMs: number;
}

export interface CapabilityOptions {
  /** Outcomes' worth of a grade by its source. */
  readonly sourceWeights: Readonly<Record<GradeSource, number>>;
  /** Inverse propensities are cut here: a single lucky exploration must not decide. */
  readonly maxInversePropensity: number;
  /** Outcomes' worth of own evidence kept per class. */
  readonly windowGrades: number;
  /** Sequential test: shift per grade that is no change, and the sum that is one. */
  readonly changeDrift: number;
  readonly changeThreshold: number;
  /** Share of belief left after a change. */
  readonly changeShrink: number;
}

const defaultCapability: CapabilityOptions = {
  sourceWeights: { feedback: 1, verifier: 1, editSurvival: 0.5 },
  maxInversePropensity: 5,
  windowGrades: 500,
  changeDrift: 0.12,
  changeThreshold: 5,
  changeShrink: 0.2,
};

export interface CapabilityStep {
  readonly state: CapabilityState;
  /** A change of the model was detected just now. */
  readonly changed: 'better' | 'worse' | null;
}

/** Folds in grades, oldest first. `state` null: a model nobody graded yet. A grade out of range changes nothing. */
export function integrateCapabilityScores(
  state: CapabilityState | null,
  grades: readonly Grade[],
  options: CapabilityOptions = defaultCapability,
): CapabilityStep {
  let step: CapabilityStep = { state: state ?? emptyCapability, changed: null };
  for (const grade of grades) {
    if (!isUsable(grade)) continue;
    const next = integrateGrade(step.state, grade, options);
    step = { state: next.state, changed: next.changed ?? step.changed };
  }
  return step;
}

/** What the score, the explanation and a developer read of a model for one class. */
export interface CapabilityFacts {
  /** Mean chance of success: the route's priority within its class. 0..1 */
  readonly mean: number;
  /** Lower 5 % bound of it. 0..1 */
  readonly lowerBound: number;
  /** Share of the belief that comes from outcomes here and not from what was published. 0..1 */
  readonly confidence: number;
  readonly belief: Belief;
  readonly metadata: {
    /** Own outcomes' worth in this class. */
    readonly ownEvidence: number;
    readonly priorStrength: number;
    readonly changes: number;
    readonly updatedAtMs: number;
  };
}

/** The belief of `capabilityFacts` alone, bit for bit: a decision asks for it once a route, and needs no bound. */
export function capabilityBelief(
  state: CapabilityState | null,
  taskClass: string,
  prior: Belief,
  similar: Belief = nothing,
): Belief {
  const known = state ?? emptyCapability;
  const kept = weakened(prior, known.priorShare);
  return withEvidence(kept, withEvidence(cellOf(known, taskClass), similar));
}

const nothing: Belief = { good: 0, bad: 0 };

/** Posterior for one class: the prior as far as it is still believed, own grades, and similar tasks. */
export function capabilityFacts(
  state: CapabilityState | null,
  taskClass: string,
  prior: Belief,
  similar: Belief = nothing,
): CapabilityFacts {
  const known = state ?? emptyCapability;
  const own = cellOf(known, taskClass);
  const kept = weakened(prior, known.priorShare);
  const evidence = withEvidence(own, similar);
  const belief = capabilityBelief(state, taskClass, prior, similar);
  const strength = strengthOf(belief);
  return {
    mean: meanOf(belief),
    lowerBound: quantileOf(belief, -1.6448536269514722),
    confidence: strength > 0 ? clampUnit(strengthOf(evidence) / strength) : 0,
    belief,
    metadata: {
      ownEvidence: strengthOf(own),
      priorStrength: strengthOf(kept),
      changes: known.changes,
      updatedAtMs: known.updatedAtMs,
    },
  };
}

function integrateGrade(state: CapabilityState, grade: Grade, options: CapabilityOptions): CapabilityStep {
  const { taskClass, value, source } = grade;
  const inverse = Math.min(1 / clamp(grade.propensity, 1e-6, 1), options.maxInversePropensity);
  const weight = options.sourceWeights[source] * inverse;
  const before = cellOf(state, taskClass);
  const total = before.good + before.bad + weight;
  const fade =
    total > options.windowGrades ? Math.max(0, options.windowGrades - weight) / (total - weight) : 1;
  const cell = {
    good: before.good * fade + weight * value,
    bad: before.bad * fade + weight * (1 - value),
  };
  const surprise = value - clampUnit(grade.expected);
  const counted: CapabilityState = {
    ...state,
    classes: { ...state.classes, [taskClass]: cell },
    worseSum: Math.max(0, state.worseSum - surprise - options.changeDrift),
    betterSum: Math.max(0, state.betterSum + surprise - options.changeDrift),
    grades: { ...state.grades, [source]: state.grades[source] + 1 },
    updatedAtMs: Math.max(state.updatedAtMs, grade.atMs),
  };
  if (counted.worseSum > options.changeThreshold) return changedStep(counted, 'worse', grade.atMs, options);
  if (counted.betterSum > options.changeThreshold) return changedStep(counted, 'better', grade.atMs, options);
  return { state: counted, changed: null };
}

function cellOf({ classes }: CapabilityState, taskClass: string): Belief {
  return (Object.hasOwn(classes, taskClass) ? classes[taskClass] : undefined) ?? nothing;
}

function changedStep(
  state: CapabilityState,
  changed: 'better' | 'worse',
  atMs: number,
  { changeShrink }: CapabilityOptions,
): CapabilityStep {
  const classes = Object.entries(state.classes).map(([name, cell]) => [name, weakened(cell, changeShrink)]);
  return {
    changed,
    state: {
      ...state,
      classes: Object.fromEntries(classes) as CapabilityState['classes'],
      priorShare: state.priorShare * changeShrink,
      worseSum: 0,
      betterSum: 0,
      changes: state.changes + 1,
      lastChangeMs: atMs,
    },
  };
}

function isUsable({ value, propensity, expected, atMs }: Grade): boolean {
  return value >= 0 && value <= 1 && propensity > 0 && expected >= 0 && expected <= 1 && atMs >= 0;
}
