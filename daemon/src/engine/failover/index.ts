/** Area 4, failover: what when it fails? See README.md. */
export { detectFailoverNeed, type FailoverNeed } from './detect-failover-need.ts';
export {
  executeFailover,
  rollBackFailover,
  type AttemptFailure,
  type FailoverStep,
} from './execute-failover.ts';
export {
  createFailoverPlan,
  type FailoverPlan,
  type FailoverPlanRequest,
  type PlannedRoute,
  type RollBackReason,
} from './plan.ts';
export { countRequest, freshRetryBudget, takeRetry, type RetryBudget } from './retry-budget.ts';
