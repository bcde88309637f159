/** Near-tie exploration: who may be tried, the draw with its exact chances, and the accounts that cap it. */
export {
  createExplorationAccount,
  explorationFacts,
  settleExploration,
  type ExplorationAccount,
} from './account.ts';
export { explore } from './explore.ts';
