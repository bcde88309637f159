/**
 * What each account lets us use: the limits of config.jsonc, and what the servers tell with every answer. Learned limits
 * are kept over a restart, so that a reset time which was named is respected by the next daemon, too.
 *
 * Whose limit it is: a quota group's where the developer named one, the node's where config.jsonc has limits, else the
 * model's, because that is how providers count.
 */
import type { QuotaView } from '@task-router/protocol';
import type { Clock, LearnedLimits, Ledger, LimitObservation, NodeResources } from '../../engine/index.ts';
import { learnLimits, limitsAt, noLearnedLimits, rateBucketId, reportedUse } from '../../engine/index.ts';
import type { Store } from '../../store/store.ts';
import type { AttemptEnd } from '../run/attempt-end.ts';
import { registryKey } from '../nodes/node.ts';
import type { Node } from '../nodes/node.ts';
import { StoredState } from '../memory/stored-state.ts';

/** Quotas remembered over a restart. */
const keptQuotas = 500;

export class Quotas {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #learned: StoredState<LearnedLimits>;

  constructor(store: Store, clock: Clock) {
    this.#clock = clock;
    this.#ledger = store.ledger;
    this.#learned = new StoredState({ area: 'limits', store, clock, keep: keptQuotas }, readLearned);
  }

  /** What a call of this route would be held against at this instant. */
  resourcesOf(node: Node, routeId: string): NodeResources {
    const quotaGroup = quotaOf(node, routeId);
    const learned = this.#learned.get(quotaGroup ?? `node ${registryKey(node)}`);
    const isFree = learned === undefined && !hasRates(node);
    return {
      nodeId: registryKey(node),
      quotaGroup,
      rates: isFree ? noRates : limitsAt(learned ?? noLearnedLimits, node.rates, this.#clock.nowMs()),
      slots: node.slots,
      localMemoryBytes: null,
    };
  }

  /** Whether the provider asked to wait, and the time has not come. */
  isClosed(node: Node, routeId: string): boolean {
    return Object.values(this.resourcesOf(node, routeId).rates).some((rate) => rate.blockedUntilMs !== null);
  }

  /** Takes in what an ended attempt told of its account. True: some limit is another one now. */
  learn(node: Node, routeId: string, end: Pick<AttemptEnd, 'rateLimit' | 'failure'>): boolean {
    const wasRefused =
      end.failure === 'rateLimit' || (end.failure === 'overloaded' && end.rateLimit?.retryAtMs != null);
    if (end.rateLimit === null && !wasRefused) return false;
    const seen: LimitObservation = {
      ...(end.rateLimit ?? { atMs: this.#clock.nowMs(), buckets: [], retryAtMs: null }),
      wasRefused,
    };
    const key = keyOf(node, routeId);
    const before = this.#learned.get(key) ?? noLearnedLimits;
    const after = learnLimits(before, seen);
    const hasChanged = JSON.stringify(before) !== JSON.stringify(after);
    if (hasChanged) this.#learned.set(key, after);
    const place = { nodeId: registryKey(node), quotaGroup: quotaOf(node, routeId) };
    for (const { dimension, used } of reportedUse(seen)) {
      this.#ledger.observe(rateBucketId(place, dimension), used, seen.atMs);
    }
    return hasChanged;
  }

  /** Limits of a node with what is left of them, for people. Those of single models are the routes' own. */
  views(node: Node, routeIds: readonly string[]): QuotaView[] {
    const nowMs = this.#clock.nowMs();
    const seen = new Set<string>();
    return routeIds.flatMap((routeId) => {
      const resources = this.resourcesOf(node, routeId);
      return Object.entries(resources.rates).flatMap(([dimension, { limit, blockedUntilMs }]) => {
        const bucketId = rateBucketId(resources, dimension as QuotaView['dimension']);
        if (seen.has(bucketId)) return [];
        seen.add(bucketId);
        const amount = this.#ledger.bucket(bucketId, nowMs)?.used ?? 0;
        return [quotaView({ dimension, limit, blockedUntilMs, used: amount, nowMs }, node)];
      });
    });
  }
}

function quotaView(
  at: {
    readonly dimension: string;
    readonly limit: number | null;
    readonly blockedUntilMs: number | null;
    readonly used: number;
    readonly nowMs: number;
  },
  node: Node,
): QuotaView {
  const { limit, used, nowMs, blockedUntilMs } = at;
  const dimension = at.dimension as QuotaView['dimension'];
  const remaining = blockedUntilMs !== null ? 0 : limit === null ? null : Math.max(0, limit - used);
  const fullAtMs = limit === null || used === 0 ? null : Math.round(nowMs + (used * 60_000) / limit);
  const configured = dimension === 'tokens' ? undefined : node.rates[dimension];
  return {
    dimension,
    limit,
    remaining,
    resetsAtMs: blockedUntilMs ?? fullAtMs,
    source: limit !== null && configured === limit ? 'config' : 'learned',
  };
}

function quotaOf(node: Node, routeId: string): string | null {
  if (node.quotaGroup !== null) return node.quotaGroup;
  return hasRates(node) ? null : `model ${routeId}`;
}

const noRates: NodeResources['rates'] = {};

function hasRates({ rates }: Node): boolean {
  for (const _ in rates) return true;
  return false;
}

function keyOf(node: Node, routeId: string): string {
  return quotaOf(node, routeId) ?? `node ${registryKey(node)}`;
}

const rateNames: readonly string[] = ['requests', 'tokens', 'inputTokens', 'outputTokens'];

/** What was stored, if this version can go on with it: forgetting is safe, guessing is not. */
function readLearned(stored: unknown): LearnedLimits | null {
  if (!isRecord(stored) || !isRecord(stored['rates']) || !isInstant(stored['blockedUntilMs'])) return null;
  const isKnown = Object.entries(stored['rates']).every(
    ([name, rate]) =>
      rateNames.includes(name) &&
      isRecord(rate) &&
      isInstant(rate['limitPerMinute']) &&
      isInstant(rate['blockedUntilMs']),
  );
  return isKnown ? (stored as unknown as LearnedLimits) : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number, or null: not known. */
function isInstant(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}
