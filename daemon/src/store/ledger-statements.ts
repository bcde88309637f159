/** The ledger's SQL, prepared once. Column aliases give rows the engine's own field names. */
import type { BucketState } from '../engine/index.ts';
import type { Database } from './database.ts';

export interface SpendRow {
  readonly leaseId: string;
  readonly fence: number;
  readonly atMs: number;
  readonly routeId: string | null;
  readonly nodeId: string | null;
  readonly provider: string | null;
  readonly predictedNanoUsd: number | null;
  readonly settledNanoUsd: number | null;
  readonly estimated: 0 | 1;
}

export interface LeaseRow {
  readonly lease: string;
}

/** The little the book asks of a prepared statement. */
interface Statement<Params extends unknown[], Row> {
  run(...params: Params): { readonly changes: number };
  get(...params: Params): Row | undefined;
  all(...params: Params): Row[];
}

export type LedgerStatements = ReturnType<typeof prepareLedgerStatements>;

const bucketColumns =
  'bucket_id AS bucketId, dimension, max_units AS "limit", held, level, at_ms AS atMs FROM ledger_buckets';

export function prepareLedgerStatements(database: Database) {
  const prepare = <Params extends unknown[], Row = never>(sql: string): Statement<Params, Row> =>
    database.prepare<Params, Row>(sql);
  return {
    readBucket: prepare<[string], BucketState>(`SELECT ${bucketColumns} WHERE bucket_id = ?`),
    readBuckets: prepare<[], BucketState>(`SELECT ${bucketColumns} ORDER BY bucket_id`),
    upsertBucket: prepare<[BucketState]>(`
      INSERT INTO ledger_buckets VALUES (@bucketId, @dimension, @limit, @held, @level, @atMs)
      ON CONFLICT (bucket_id) DO UPDATE SET max_units = excluded.max_units, held = excluded.held,
        level = excluded.level, at_ms = excluded.at_ms`),

    readLease: prepare<[number, string], LeaseRow>(
      'SELECT lease FROM ledger_leases WHERE fence = ? AND lease_id = ?',
    ),
    readNewestLease: prepare<[string], LeaseRow>(
      'SELECT lease FROM ledger_leases WHERE lease_id = ? ORDER BY fence DESC LIMIT 1',
    ),
    // Named, because the order by fence would have the planner walk every lease there ever was.
    readDueLeases: prepare<[number], LeaseRow>(
      'SELECT lease FROM ledger_leases INDEXED BY ledger_leases_living WHERE ended_at_ms IS NULL AND expires_at_ms <= ? ORDER BY fence',
    ),
    readLivingLeases: prepare<[], LeaseRow>(
      'SELECT lease FROM ledger_leases INDEXED BY ledger_leases_living WHERE ended_at_ms IS NULL ORDER BY fence',
    ),
    readLastFence: prepare<[], { readonly fence: number }>(
      "SELECT seq AS fence FROM sqlite_sequence WHERE name = 'ledger_leases'",
    ),
    upsertLease: prepare<[number, string, number, number | null, string]>(`
      INSERT INTO ledger_leases (fence, lease_id, expires_at_ms, ended_at_ms, lease) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (fence) DO UPDATE SET expires_at_ms = excluded.expires_at_ms,
        ended_at_ms = excluded.ended_at_ms, lease = excluded.lease`),

    insertSpend: prepare<[SpendRow]>(`
      INSERT INTO ledger_spend (fence, lease_id, at_ms, route_id, node_id, provider, predicted_nano_usd,
        settled_nano_usd, estimated)
      VALUES (@fence, @leaseId, @atMs, @routeId, @nodeId, @provider, @predictedNanoUsd, @settledNanoUsd, @estimated)`),
    readSpend: prepare<[number], SpendRow>(`
      SELECT lease_id AS leaseId, fence, at_ms AS atMs, route_id AS routeId, node_id AS nodeId, provider,
        predicted_nano_usd AS predictedNanoUsd, settled_nano_usd AS settledNanoUsd, estimated
      FROM ledger_spend WHERE at_ms >= ? ORDER BY at_ms, fence`),

    forgetLeases: prepare<[number]>('DELETE FROM ledger_leases WHERE ended_at_ms < ?'),
    forgetBuckets: prepare<[number]>('DELETE FROM ledger_buckets WHERE held = 0 AND at_ms < ?'),
    forgetSpend: prepare<[number]>('DELETE FROM ledger_spend WHERE at_ms < ?'),
  };
}
