/**
 * What changed in the ledger's book since it was last written, as data for the journal: rows as their tables have them,
 * because a bucket's six values without their names are half as long.
 */
import type { BucketState, ForgetBefore, Lease, SpendEntry } from '../../engine/index.ts';

export type BucketRow = readonly [
  bucketId: string,
  dimension: string,
  maxUnits: number | null,
  held: number,
  level: number,
  atMs: number,
];

export type SpendRow = readonly [
  fence: number,
  leaseId: string,
  atMs: number,
  routeId: string | null,
  nodeId: string | null,
  provider: string | null,
  predictedNanoUsd: number | null,
  settledNanoUsd: number | null,
  estimated: 0 | 1,
];

export interface LedgerChanges {
  readonly buckets: readonly BucketRow[];
  readonly leases: readonly Lease[];
  /** Fences of leases that are over: nobody comes back for them. */
  readonly over: readonly number[];
  readonly spend: readonly SpendRow[];
  /** Absent: nothing is to be forgotten. */
  readonly forget?: ForgetBefore;
}

export function bucketRow({ bucketId, dimension, limit, held, level, atMs }: BucketState): BucketRow {
  return [bucketId, dimension, limit, held, level, atMs];
}

export function spendRow(entry: SpendEntry): SpendRow {
  const { fence, leaseId, atMs, target, predictedNanoUsd, settledNanoUsd, estimated } = entry;
  const [routeId, nodeId, provider] = [target?.routeId, target?.nodeId, target?.provider];
  return [
    ...([fence, leaseId, atMs, routeId ?? null, nodeId ?? null, provider ?? null] as const),
    ...([predictedNanoUsd, settledNanoUsd, estimated ? 1 : 0] as const),
  ];
}
