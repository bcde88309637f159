/** A call's needs against what its node and its quota have: one claim for every limit there is. */
import type { Claim, RateDimension } from './ledger.ts';
import type { RateLimit } from './learned-limits.ts';
import type { ResourceNeeds } from './needs.ts';

export interface NodeResources {
  readonly nodeId: string;
  /** Nodes of one group share their rates; null: the node has its own. */
  readonly quotaGroup: string | null;
  readonly rates: Readonly<Partial<Record<RateDimension, RateLimit>>>;
  /** null: no limit known. */
  readonly slots: number | null;
  readonly localMemoryBytes: number | null;
}

export function claimsOf(
  needs: ResourceNeeds,
  node: NodeResources,
  money: readonly Claim[],
): readonly Claim[] {
  return [...rateClaims(needs, node), ...nodeClaims(needs, node), ...money];
}

/** `rate/<quota>/<dimension>`: the same for every node of a group. */
export function rateBucketId(
  { nodeId, quotaGroup }: Pick<NodeResources, 'nodeId' | 'quotaGroup'>,
  dimension: RateDimension,
): string {
  return `rate/${quotaGroup === null ? `node/${nodeId}` : `group/${quotaGroup}`}/${dimension}`;
}

/** `slots/<node>`, `memory/<node>`. */
export function nodeBucketId(nodeId: string, kind: 'slots' | 'memory'): string {
  return `${kind}/${nodeId}`;
}

function rateClaims(needs: ResourceNeeds, node: NodeResources): Claim[] {
  const amounts: Readonly<Record<RateDimension, number>> = {
    requests: needs.requests,
    tokens: needs.inputTokens + needs.outputTokens,
    inputTokens: needs.inputTokens,
    outputTokens: needs.outputTokens,
  };
  return (Object.entries(node.rates) as [RateDimension, RateLimit][]).map(([dimension, rate]) => ({
    bucketId: rateBucketId(node, dimension),
    dimension,
    amount: amounts[dimension],
    limit: rate.limit,
    hard: true,
    blockedUntilMs: rate.blockedUntilMs,
  }));
}

function nodeClaims(needs: ResourceNeeds, { nodeId, slots, localMemoryBytes }: NodeResources): Claim[] {
  const claim = { hard: true, blockedUntilMs: null };
  const memory: Claim = {
    ...claim,
    bucketId: nodeBucketId(nodeId, 'memory'),
    dimension: 'localMemoryBytes',
    amount: needs.localMemoryBytes,
    limit: localMemoryBytes,
  };
  return [
    // Counted without a limit, too: what is under way is shown and scored.
    {
      ...claim,
      bucketId: nodeBucketId(nodeId, 'slots'),
      dimension: 'slots',
      amount: needs.slots,
      limit: slots,
    },
    ...(needs.localMemoryBytes > 0 ? [memory] : []),
  ];
}
