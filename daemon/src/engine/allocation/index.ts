/** Area 2, allocation: may it start now, and with how much? See README.md. */
export {
  allocateResources,
  type Allocation,
  type AllocationRequest,
  type AvailableResources,
} from './allocate-resources.ts';
export { createSlotLedger, type SlotLease, type SlotLedger } from './slot-ledger.ts';
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
export { leastTokens } from './least-tokens.ts';
