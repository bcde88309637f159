/** The engine's public face: the only file of this folder that others import. See README.md. */
export * from './allocation/index.ts';
export * from './balancing/index.ts';
export { localLoad } from './config/allocation.ts';
export { secondsPerUsd } from './config/balancing.ts';
export { failoverThresholds, failureRules, type FailureRule } from './config/failover.ts';
export { cache as cacheTimes } from './config/performance.ts';
export { objectiveWeights } from './config/selection.ts';
export { engineVersion } from './config/version.ts';
export type * from './deps.ts';
export * from './failover/index.ts';
export * from './integration/index.ts';
export { createRandom, seedFor } from './math/random.ts';
export type * from './model/alarm.ts';
export type * from './model/attempt.ts';
export type * from './model/health.ts';
export type * from './model/policy.ts';
export type * from './model/route.ts';
export type * from './model/selection.ts';
export type * from './model/task.ts';
export * from './performance/index.ts';
export {
  capabilityBelief,
  correctedChances,
  createModelPriors,
  createSketchScratch,
  integrateCapabilityScores,
  neighbourEvidence,
  parseModelName,
  quantileOf,
  readCapabilityState,
  sketchOf,
  sketchSize,
  type AbilityTable,
  type Belief,
  type CapabilityState,
  type GradeSource,
  type ModelPrior,
  type Neighbour,
  type ResidualSettings,
} from './quality/index.ts';
export * from './selection/index.ts';
export { estimateTokens, expectedOutputTokens } from './task-facts.ts';
export {
  charsPerTokenOf,
  createUnderstander,
  learnTokenRatio,
  noTokenRatios,
  taskClasses,
  understoodChars,
  type TokenRatios,
  type Understander,
  type Understanding,
  type UnderstandingModel,
} from './understanding/index.ts';
