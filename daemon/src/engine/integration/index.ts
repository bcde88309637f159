/** Area 6, integration: what do we know of the outside? See README.md. */
export { healthEventOf, type HealthEvent } from './health-event.ts';
export { handEveryMs, healthAction } from './health-action.ts';
export {
  decisionShare,
  hasJustFailed,
  isLastResort,
  nextProbeAtMs,
  readRouteHealthState,
  routeHealthFacts,
  type EjectionCause,
  type RouteHealthState,
} from './health-state.ts';
export {
  integrateHealthMonitoring,
  type HealthOptions,
  type HealthStep,
  type HealthTransition,
} from './integrate-health-monitoring.ts';
export { networkThere, watchOwnNetwork, type NetworkWatch } from './own-network.ts';
