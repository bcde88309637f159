/** The engine's public face: the only file of this folder that others import. See README.md. */
export * from './allocation/index.ts';
export {
  cache as cacheTimes,
  engineVersion,
  failoverThresholds,
  failureRules,
  objectiveWeights,
  type FailureRule,
} from './config.ts';
export type * from './deps.ts';
export * from './failover/index.ts';
export * from './integration/index.ts';
export { createRandom, seedFor } from './math/random.ts';
export type * from './model.ts';
export * from './performance/index.ts';
export * from './selection/index.ts';
export { estimateTokens, expectedOutputTokens, inferTaskKind } from './task-facts.ts';
