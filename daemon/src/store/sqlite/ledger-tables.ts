/**
 * The ledger's tables: read whole at the start, written from the journal after it, one statement for each thing that
 * changed. Two constants come straight from their files, because the history thread must not load the whole engine.
 * What was spent comes back as sums, so that a start does not read a month of calls one by one.
 */
import { taskBucketPrefix } from '../../engine/allocation/budgets.ts';
import { spendSlotMs } from '../../engine/allocation/spend-sums.ts';
import type { BookContent, BucketState, ForgetBefore, Lease, SpendSum } from '../../engine/index.ts';
import type { Database } from './database.ts';
import type { BucketRow, SpendRow } from '../journal/ledger-changes.ts';
import type { LeaseColumns } from '../journal/save-rows.ts';

type SpendGroup = SpendSum & { readonly slot: number };
type Value = string | number | Buffer | null;

/** The little that is asked of a prepared statement. */
interface Statement<Row = never> {
  run(...params: Value[]): unknown;
  get(...params: Value[]): Row | undefined;
  all(...params: Value[]): Row[];
}

export class LedgerTables {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** Everything that a ledger goes on with: buckets, leases that live or have expired, sums of what was spent. */
  read(): BookContent {
    const { readBuckets, readLeases, readSpend, readLastFence } = this.#statements;
    return {
      buckets: readBuckets.all(),
      leases: readLeases.all().map(({ lease }) => JSON.parse(lease) as Lease),
      spend: readSpend.all().map(({ slot, ...sum }) => ({ atMs: slot * spendSlotMs, sum })),
      lastFence: readLastFence.get()?.fence ?? 0,
    };
  }

  saveBucket(bucket: BucketRow): void {
    this.#statements.upsertBucket.run(...bucket);
  }

  /** `lease`: as JSON in UTF-8. */
  saveLease([fence, endedAtMs]: LeaseColumns, lease: Buffer): void {
    this.#statements.saveLease.run(fence, endedAtMs, lease);
  }

  removeLease(fence: number): void {
    this.#statements.removeLease.run(fence);
  }

  saveSpend(entry: SpendRow): void {
    this.#statements.insertSpend.run(...entry);
  }

  forget({ leasesMs, bucketsMs, taskBucketsMs }: ForgetBefore): void {
    this.#statements.forgetLeases.run(leasesMs);
    this.#statements.forgetBuckets.run(taskBucketPrefix, taskBucketsMs, bucketsMs);
    this.#statements.forgetSpend.run(bucketsMs);
  }
}

function prepare(database: Database) {
  const statement = <Row = never>(sql: string): Statement<Row> => database.prepare<Value[], Row>(sql);
  return {
    readBuckets: statement<BucketState>(`
      SELECT bucket_id AS bucketId, dimension, max_units AS "limit", held, level, at_ms AS atMs FROM ledger_buckets`),
    upsertBucket: statement(`
      INSERT INTO ledger_buckets VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (bucket_id) DO UPDATE SET max_units = excluded.max_units, held = excluded.held,
        level = excluded.level, at_ms = excluded.at_ms`),
    readLeases: statement<{ readonly lease: string }>('SELECT lease FROM ledger_leases'),
    // A fence that was only ever released is nobody's any more.
    readLastFence: statement<{ readonly fence: number }>(
      'SELECT coalesce(max(fence), 0) AS fence FROM ledger_spend',
    ),
    saveLease: statement(
      'INSERT OR REPLACE INTO ledger_leases (fence, ended_at_ms, lease) VALUES (?, ?, CAST(? AS TEXT))',
    ),
    removeLease: statement('DELETE FROM ledger_leases WHERE fence = ?'),
    insertSpend: statement(`
      INSERT INTO ledger_spend (fence, lease_id, at_ms, route_id, node_id, provider, predicted_nano_usd,
        settled_nano_usd, estimated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fence) DO NOTHING`),
    // As `spendOf` has them. Squares as floating point: a whole number of nanodollars squared leaves 64 bits.
    readSpend: statement<SpendGroup>(`
      SELECT CAST(at_ms / ${spendSlotMs} AS INTEGER) AS slot, coalesce(provider, 'unknown') AS provider, count(*) AS calls,
        sum(settled_nano_usd IS NULL) AS unknownCalls,
        coalesce(sum(settled_nano_usd), 0) AS settledNanoUsd,
        coalesce(sum(CASE WHEN estimated THEN settled_nano_usd END), 0) AS estimatedNanoUsd,
        sum(settled_nano_usd IS NOT NULL AND predicted_nano_usd IS NOT NULL) AS compared,
        coalesce(sum(CASE WHEN settled_nano_usd IS NOT NULL THEN predicted_nano_usd END), 0) AS predictedNanoUsd,
        coalesce(sum(CASE WHEN predicted_nano_usd IS NOT NULL THEN settled_nano_usd END), 0) AS comparedNanoUsd,
        coalesce(sum(1.0 * (settled_nano_usd - predicted_nano_usd) * (settled_nano_usd - predicted_nano_usd)), 0)
          AS squaredDifference,
        sum(settled_nano_usd IS NOT NULL AND NOT estimated AND coalesce(predicted_nano_usd, 0) > 0) AS ratios,
        coalesce(sum(CASE WHEN NOT estimated AND predicted_nano_usd > 0
          THEN (1.0 * settled_nano_usd / predicted_nano_usd - 1) * (1.0 * settled_nano_usd / predicted_nano_usd - 1) END),
          0) AS squaredError
      FROM ledger_spend GROUP BY 1, 2`),
    forgetLeases: statement('DELETE FROM ledger_leases WHERE ended_at_ms < ?'),
    forgetBuckets: statement(`
      DELETE FROM ledger_buckets WHERE held = 0 AND at_ms < iif(instr(bucket_id, ?) = 1, ?, ?)`),
    // A piece at a time, and by the key, which grows with time nearly as the time does.
    forgetSpend: statement(`
      DELETE FROM ledger_spend WHERE at_ms < ? AND fence IN (SELECT fence FROM ledger_spend ORDER BY fence LIMIT 5000)`),
  };
}
