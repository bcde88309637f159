/**
 * The ledger's book as the daemon has it: in memory, with a journal of what changed. The history file is open for this
 * process alone, so what is in memory is the truth, and no transition reads the file. What the journal holds is written
 * together with everything else that waits; of a bucket or a lease that changed several times only the newest state is,
 * and a lease that began and ended meanwhile leaves nothing but what it spent.
 */
import { MemoryBook } from '../../engine/index.ts';
import type {
  BookContent,
  BucketState,
  ForgetBefore,
  Lease,
  LedgerBook,
  LedgerChange,
  LedgerReader,
  SpendEntry,
  SpendSum,
  Step,
} from '../../engine/index.ts';
import { bucketRow, spendRow, type LedgerChanges } from './ledger-changes.ts';

/** The file is cleared of what nobody asks for any more this often. */
const forgetEveryMs = 3_600_000;

export class JournalBook implements LedgerBook {
  readonly #memory: MemoryBook;
  readonly #onChange: () => void;
  /** Leases that the journal or the file has. */
  readonly #inFile: Set<number>;
  #buckets = new Map<string, BucketState>();
  #leases = new Map<number, Lease>();
  #spend: SpendEntry[] = [];
  #forget: ForgetBefore | null = null;
  #forgotAtMs = 0;

  /** `onChange` is called after each change, when there is something to write. */
  constructor(content: BookContent, onChange: () => void) {
    this.#memory = new MemoryBook(content);
    this.#inFile = new Set(content.leases.map(({ fence }) => fence));
    this.#onChange = onChange;
  }

  /** Changes that wait to be written. */
  get size(): number {
    return this.#buckets.size + this.#leases.size + this.#spend.length + (this.#forget === null ? 0 : 1);
  }

  transact<Result>(work: (reader: LedgerReader) => Step<Result>): Result {
    const { result, change } = this.#memory.transact((reader) => {
      const step = work(reader);
      return { result: step, change: step.change };
    });
    if (this.#note(change)) this.#onChange();
    return result;
  }

  #note({ buckets, leases, spend }: LedgerChange): boolean {
    for (const bucket of buckets) this.#buckets.set(bucket.bucketId, bucket);
    for (const lease of leases) {
      // Of a lease that the file never saw and never needs, nothing is to be written.
      if (isOver(lease) && !this.#inFile.has(lease.fence)) this.#leases.delete(lease.fence);
      else this.#leases.set(lease.fence, lease);
    }
    if (spend !== null) this.#spend.push(spend);
    return buckets.length > 0 || leases.length > 0 || spend !== null;
  }

  forget(before: ForgetBefore): void {
    this.#memory.forget(before);
    if (before.leasesMs < this.#forgotAtMs + forgetEveryMs) return;
    this.#forgotAtMs = before.leasesMs;
    this.#forget = before;
    this.#onChange();
  }

  /** What is to be written, null when nothing is; `written` is called once it is in the journal. */
  changes(): LedgerChanges | null {
    if (this.size === 0) return null;
    const leases: Lease[] = [];
    const over: number[] = [];
    for (const lease of this.#leases.values()) {
      if (isOver(lease)) over.push(lease.fence);
      else leases.push(lease);
    }
    const buckets = Array.from(this.#buckets.values(), bucketRow);
    const spend = this.#spend.map(spendRow);
    return { buckets, leases, over, spend, ...(this.#forget !== null && { forget: this.#forget }) };
  }

  written(): void {
    for (const lease of this.#leases.values()) {
      if (isOver(lease)) this.#inFile.delete(lease.fence);
      else this.#inFile.add(lease.fence);
    }
    // Cleared maps would stay linked to what they had (see `roster.ts`).
    this.#buckets = new Map();
    this.#leases = new Map();
    this.#spend = [];
    this.#forget = null;
  }

  /** Drops the oldest spent amounts beyond `most`; answers how many. What is held and each budget's sum stay right. */
  dropBeyond(most: number): number {
    return this.#spend.splice(0, Math.max(0, this.#spend.length - most)).length;
  }

  bucket(bucketId: string): BucketState | undefined {
    return this.#memory.bucket(bucketId);
  }

  buckets(): readonly BucketState[] {
    return this.#memory.buckets();
  }

  livingLeases(): readonly Lease[] {
    return this.#memory.livingLeases();
  }

  spend(sinceMs: number): readonly SpendSum[] {
    return this.#memory.spend(sinceMs);
  }
}

/** Settled or released: nobody comes back for it. An expired one may still be settled, also after a restart. */
function isOver({ state }: Lease): boolean {
  return state === 'settled' || state === 'released';
}
