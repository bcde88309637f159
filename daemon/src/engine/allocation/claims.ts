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
  const claims: Claim[] = [];
  for (const dimension in node.rates) addRate(claims, dimension as RateDimension, { needs, node });
  const { nodeId, slots, localMemoryBytes: memory } = node;
  // Counted without a limit, too: what is under way is shown and scored.
  claims.push(onNode(nodeBucketId(nodeId, 'slots'), 'slots', needs.slots, slots));
  if (needs.localMemoryBytes > 0)
    claims.push(onNode(nodeBucketId(nodeId, 'memory'), 'localMemoryBytes', needs.localMemoryBytes, memory));
  for (const claim of money) claims.push(claim);
  return claims;
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

function addRate(
  claims: Claim[],
  dimension: RateDimension,
  { needs, node }: { readonly needs: ResourceNeeds; readonly node: NodeResources },
): void {
  const rate = node.rates[dimension];
  if (rate === undefined) return;
  const { limit, blockedUntilMs } = rate;
  const amount = dimension === 'tokens' ? needs.inputTokens + needs.outputTokens : needs[dimension];
  claims.push({
    bucketId: rateBucketId(node, dimension),
    dimension,
    amount,
    limit,
    hard: true,
    blockedUntilMs,
  });
}

function onNode(
  bucketId: string,
  dimension: 'slots' | 'localMemoryBytes',
  amount: number,
  limit: number | null,
): Claim {
  return { bucketId, dimension, amount, limit, hard: true, blockedUntilMs: null };
}
