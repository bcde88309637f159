/** Area 5, performance: remember and watch. See README.md. */
export {
  coldStartMs,
  learnColdStart,
  observedColdStartMs,
  readColdStartState,
  type ColdStartState,
} from './cold-start.ts';
export { monitorPerformance, performanceFacts } from './monitor-performance.ts';
export { readPerformanceState, type PerformanceState } from './performance-state.ts';
export {
  bumpEpoch,
  cacheRoute,
  createRouteCache,
  lookupRoute,
  routeCacheStats,
  type CachedRoute,
  type RouteCache,
  type RouteCacheStats,
} from './route-cache.ts';
export { predictedCallMs } from './predicted-call.ts';
