/** Quality: how likely does a model do a task of this class well? */
export { quantileOf, type Belief } from './belief.ts';
export { readCapabilityState, type CapabilityState, type GradeSource } from './capability-state.ts';
export {
  capabilityBelief,
  integrateCapabilityScores,
  type CapabilityOptions,
  type CapabilityStep,
  type Grade,
} from './integrate-capability-scores.ts';
export { parseModelName, type ModelName } from './model-name.ts';
export {
  createModelPriors,
  type AbilityTable,
  type KnownModel,
  type ModelFacts,
  type ModelPrior,
} from './model-prior.ts';
export {
  createSketchScratch,
  neighbourEvidence,
  sketchOf,
  sketchSize,
  type Neighbour,
  type NeighbourOptions,
} from './neighbours.ts';
export {
  choiceChances,
  correctedChances,
  rawChances,
  type ResidualScores,
  type ResidualSettings,
} from './text-residual.ts';
