/** Area 3, balancing: who finishes it soonest for its money? See README.md. */
export { distributeLoad } from './distribute-load.ts';
export { initialLaw, predictedMs } from './length-model.ts';
export type * from './model.ts';
export { initialRouteBalance, observeConversation, observeRoute, type FinishedCall } from './observe-call.ts';
export { lawStart, predictedCall } from './predicted-call.ts';
export { expectedOutput, initialKindOutput, observeKindOutput } from './output.ts';
export { readConversationBalance, readKindOutput, readRouteBalance } from './read-state.ts';
export { expectedWaitMs, type LeaseWork } from './waiting.ts';
export { optimizeDistribution } from './batch/optimize-distribution.ts';
export type { BatchDistribution, BatchRoute, BatchStatus, BatchTask } from './batch/model.ts';
