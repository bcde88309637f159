/** The engine's public face: the only file of this folder that others import. See README.md. */
export * from './allocation/index.ts';
export * from './balancing/index.ts';
export {
  cache as cacheTimes,
  engineVersion,
  failoverThresholds,
  failureRules,
  objectiveWeights,
  secondsPerUsd,
  type FailureRule,
} from './config.ts';
export type * from './deps.ts';
export * from './failover/index.ts';
export * from './integration/index.ts';
export { createRandom, seedFor } from './math/random.ts';
export type * from './model.ts';
export * from './performance/index.ts';
export {
  capabilityFacts,
  correctedChances,
  createModelPriors,
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
  type TokenRatios,
  type Understander,
  type Understanding,
  type UnderstandingModel,
} from './understanding/index.ts';
