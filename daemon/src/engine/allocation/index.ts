/** Area 2, allocation: may it start now, and with how much? See README.md. */
export {
  allocateResources,
  type Allocation,
  type AllocationRequest,
  type AvailableResources,
} from './allocate-resources.ts';
export { createSlotLedger, type SlotLease, type SlotLedger } from './slot-ledger.ts';
export { createLedger } from './create-ledger.ts';
export { MemoryBook } from './memory-book.ts';
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
  type SettleAnswer,
  type Shortfall,
  type SpendEntry,
} from './ledger.ts';
export type { BucketState, ForgetBefore, LedgerBook, LedgerReader, Step } from './ledger-book.ts';
