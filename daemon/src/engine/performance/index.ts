/** Area 5, performance: remember and watch. See README.md. */
export { newAlarms } from './anomalies.ts';
export { burnAlarm, type TaskEnd } from './burn.ts';
export { monitorPerformance, monitorQuality, performanceFacts, resetHistory } from './monitor-performance.ts';
export { type LoggedChoice } from './logged-choice.ts';
export { estimatePolicy, evidenceFor, type PolicyEstimate } from './what-if.ts';
export {
  coldStartMs,
  learnColdStart,
  observedColdStartMs,
  readColdStartState,
  type ColdStartState,
} from './cold-start.ts';
export { readPerformanceState, type PerformanceState } from './performance-state.ts';
export {
  bumpEpoch,
  cacheRoute,
  claimRefresh,
  createRouteCache,
  lookupRoute,
  routeCacheStats,
  type CachedRoute,
  type RouteCache,
  type RouteCacheStats,
} from './route-cache.ts';
