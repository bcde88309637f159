/** Area 1, selection: which route suits the task? See README.md. */
export {
  createExplorationAccount,
  explorationFacts,
  settleExploration,
  type ExplorationAccount,
} from './exploration/index.ts';
export { flipPoints, withFlip, type FlipFactor, type FlipPoint } from './flip-points.ts';
export { initialPacer, pace, paceTargetUsd, type PacedRequest, type PacerState } from './pacing.ts';
export { resolvePolicy } from './policy/index.ts';
export { candidateKey, prepareCandidates } from './prepare.ts';
export { relaxations, type Relaxation } from './relaxations.ts';
export { calculateRouteScore, type ScoreRequest } from './score.ts';
export { selectPrimaryRoute } from './select-primary-route.ts';
