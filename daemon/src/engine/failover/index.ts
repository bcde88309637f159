/** Area 4, failover: what when it fails? See README.md. */
export { detectFailoverNeed, type FailoverNeed } from './detect-failover-need.ts';
export { executeFailover, type AttemptFailure, type FailoverStep } from './execute-failover.ts';
export {
  createFailoverPlan,
  type FailoverPlan,
  type FailoverPlanRequest,
  type PlannedRoute,
} from './plan.ts';
