/** Area 2, allocation: may it start now, and with how much? See README.md. */
export {
  allocateResources,
  type Allocated,
  type Allocation,
  type AllocationRequest,
  type Shortage,
} from './allocate-resources.ts';
export {
  attemptResourceOptimization,
  strategyOrder,
  type Alternative,
  type Optimization,
  type ShortageCase,
  type ShortageOptions,
  type Strategy,
  type WeighedStrategy,
} from './attempt-resource-optimization.ts';
export {
  budgetBucketId,
  budgetClaims,
  budgetResetsAtMs,
  taskBucketPrefix,
  type Budget,
  type BudgetCheck,
  type BudgetMoment,
  type BudgetRequest,
} from './budgets.ts';
export { claimsOf, nodeBucketId, rateBucketId, type NodeResources } from './claims.ts';
export { createLedger } from './create-ledger.ts';
export {
  learnLimits,
  limitsAt,
  noLearnedLimits,
  reportedUse,
  type LearnedLimits,
  type LimitObservation,
  type ObservedCounter,
  type RateLimit,
} from './learned-limits.ts';
export type {
  BookContent,
  BucketState,
  ForgetBefore,
  LedgerBook,
  LedgerChange,
  LedgerReader,
  Step,
} from './ledger-book.ts';
export {
  CorruptLedgerError,
  type Actual,
  type BucketView,
  type Claim,
  type Commitment,
  type Dimension,
  type HoldRequest,
  type HoldResult,
  type Lease,
  type LeaseAnswer,
  type LeaseRef,
  type LeaseTarget,
  type Ledger,
  type LedgerView,
  type RateDimension,
  type SettleAnswer,
  type Shortfall,
  type SpendEntry,
  type SpendSum,
} from './ledger.ts';
export { MemoryBook } from './memory-book.ts';
export {
  costNanoUsd,
  nanoUsdOf,
  usdOf,
  type PriceTable,
  type TokenCounts,
  type TokenPrices,
} from './money.ts';
export { needsOf, withMaxTokens, type NeedsInput, type ResourceNeeds } from './needs.ts';
export { outputTokensCap, outputTokensNeeded, shareLongerThan, OutputWindow } from './output-window.ts';
export { nextInQueue, overdue, queueOrder, queuePosition, type QueuedTask } from './queue.ts';
export { spendByProvider, spentOf, type ProviderSpend, type Spent } from './spend.ts';
export { spendOf, spendSlotMs } from './spend-sums.ts';
export {
  judgeReading,
  learnReading,
  readContextState,
  windowStillHeld,
  type ContextReading,
  type ContextState,
  type ContextVerdict,
  type LearnedWindow,
} from './context-truth.ts';
export { TokenFloor, leastTokens } from './least-tokens.ts';
export { foreignQueueMs, loadDelay, type LoadableModel } from './local-load.ts';
