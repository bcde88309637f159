/** Area 5, performance: remember and watch. See README.md. */
export { monitorPerformance, performanceFacts } from './monitor-performance.ts';
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
