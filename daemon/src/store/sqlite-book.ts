/**
 * The ledger's book in SQLite: each transition is one `BEGIN IMMEDIATE` transaction. The write lock is taken before the
 * first read, so what a rule has read is still true when its change is written, in whatever process the others are; a
 * deferred transaction would fail when it upgrades, busy timeout or not. Committed when the call returns: kill -9 loses
 * nothing (docs/decisions/0012).
 */
import type {
  BucketState,
  ForgetBefore,
  Lease,
  LeaseRef,
  LedgerBook,
  LedgerReader,
  SpendEntry,
  Step,
} from '../engine/index.ts';
import type { Database } from './database.ts';
import {
  prepareLedgerStatements,
  type LeaseRow,
  type LedgerStatements,
  type SpendRow,
} from './ledger-statements.ts';

export class SqliteBook implements LedgerBook {
  readonly #statements: LedgerStatements;
  readonly #reader: LedgerReader;
  readonly #transaction: { immediate(work: () => unknown): unknown };

  constructor(database: Database) {
    this.#statements = prepareLedgerStatements(database);
    this.#reader = reader(this.#statements);
    this.#transaction = database.transaction((work: () => unknown) => work());
  }

  transact<Result>(work: (reader: LedgerReader) => Step<Result>): Result {
    return this.#write(() => {
      const { result, change } = work(this.#reader);
      for (const bucket of change.buckets) this.#statements.upsertBucket.run(bucket);
      for (const lease of change.leases) {
        const { fence, leaseId, expiresAtMs, endedAtMs } = lease;
        this.#statements.upsertLease.run(fence, leaseId, expiresAtMs, endedAtMs, JSON.stringify(lease));
      }
      if (change.spend) this.#statements.insertSpend.run(spendRow(change.spend));
      return result;
    });
  }

  forget({ leasesMs, bucketsMs }: ForgetBefore): void {
    this.#write(() => {
      this.#statements.forgetLeases.run(leasesMs);
      this.#statements.forgetBuckets.run(bucketsMs);
      this.#statements.forgetSpend.run(bucketsMs);
    });
  }

  buckets(): readonly BucketState[] {
    return this.#statements.readBuckets.all();
  }

  livingLeases(): readonly Lease[] {
    return this.#statements.readLivingLeases.all().map(leaseOf);
  }

  spend(sinceMs: number): readonly SpendEntry[] {
    return this.#statements.readSpend.all(sinceMs).map(spendEntry);
  }

  #write<Result>(work: () => Result): Result {
    return this.#transaction.immediate(work) as Result;
  }
}

function reader(statements: LedgerStatements): LedgerReader {
  return {
    bucket: (bucketId) => statements.readBucket.get(bucketId),
    lease: ({ leaseId, fence }: LeaseRef) => leaseOrNone(statements.readLease.get(fence, leaseId)),
    newestLease: (leaseId) => leaseOrNone(statements.readNewestLease.get(leaseId)),
    dueLeases: (nowMs) => statements.readDueLeases.all(nowMs).map(leaseOf),
    nextFence: () => (statements.readLastFence.get()?.fence ?? 0) + 1,
  };
}

function leaseOrNone(row: LeaseRow | undefined): Lease | undefined {
  return row && leaseOf(row);
}

/** Written by `transact` alone, and the column holds valid JSON. */
function leaseOf({ lease }: LeaseRow): Lease {
  return JSON.parse(lease) as Lease;
}

function spendRow({ target, estimated, ...entry }: SpendEntry): SpendRow {
  return {
    ...entry,
    routeId: target?.routeId ?? null,
    nodeId: target?.nodeId ?? null,
    provider: target?.provider ?? null,
    estimated: estimated ? 1 : 0,
  };
}

function spendEntry({ routeId, nodeId, provider, estimated, ...entry }: SpendRow): SpendEntry {
  const target =
    routeId === null || nodeId === null || provider === null ? null : { routeId, nodeId, provider };
  return { ...entry, target, estimated: estimated === 1 };
}
