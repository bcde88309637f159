/**
 * What of the routes a client may see stays as it is until one of their nodes changes: names, access, prices, first
 * expectations, and what the route cache's key needs of them. Made once for a list of nodes and kept under it, because
 * a decision reads all of it and changes none.
 */
import { hash } from 'node:crypto';
import { speedPrior } from '../../catalog/index.ts';
import type { SpeedPrior } from '../../catalog/index.ts';
import type { BalancePrices, LengthCoefficients, PerformanceFacts, RouteFacts } from '../../engine/index.ts';
import { lawStart, performanceFacts } from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';
import { knownRoutes, type KnownParts, type StandingRoute } from '../../store/standing-facts.ts';
import { accessOf, routeIdOf } from '../nodes/node.ts';
import type { Node, NodeModel } from '../nodes/node.ts';

/** One route of a table. */
export interface RouteRow {
  readonly node: Node;
  readonly model: NodeModel;
  readonly routeId: string;
  readonly access: RouteFacts['access'];
  readonly prices: RouteFacts['prices'];
  readonly balancePrices: BalancePrices | null;
  readonly speedPrior: SpeedPrior;
  /** As long as nobody has called it: its facts, and where its law of length starts. */
  readonly untried: { readonly performance: PerformanceFacts; readonly lawStart: LengthCoefficients };
}

export class RouteTable {
  /** In a stable order, so that equal states give equal snapshots. */
  readonly rows: readonly RouteRow[];
  /** As the routes are shown: id → label and provider. */
  readonly labels: DecisionRecord['labels'];
  /** What every record of a decision among these routes is written with. */
  readonly known: Omit<KnownParts, 'policy'>;
  /** What the standing filters read of the routes, as a short hash: equal facts give equal ones, also after a restart. */
  readonly standing: string;
  readonly #places: ReadonlyMap<string, number>;

  /** @param allowFound as if accounts that were merely found were confirmed */
  constructor(nodes: readonly Node[], allowFound: boolean) {
    this.rows = nodes.flatMap((node) => {
      const access = accessOf(node, allowFound);
      return node.models.map((model) => rowOf(node, model, access));
    });
    this.labels = Object.fromEntries(
      this.rows.map(({ routeId, node, model }) => [
        routeId,
        { label: `${model.label} (${node.label})`, provider: node.provider },
      ]),
    );
    const routes = this.rows.map(standingRoute);
    this.known = knownRoutes({ routes, labels: this.labels }, (routeId) => this.placeOf(routeId));
    this.standing = hash('sha256', this.rows.map(standingOf).join(''), 'hex').slice(0, 16);
    this.#places = new Map(this.rows.map(({ routeId }, at) => [routeId, at]));
  }

  /** Place of a route among the rows; -1: it is none of them. */
  placeOf(routeId: string): number {
    return this.#places.get(routeId) ?? -1;
  }
}

/** Tables for as long as somebody holds the list of nodes they were made for. */
export class RouteTables {
  readonly #confirmed = new WeakMap<readonly Node[], RouteTable>();
  readonly #allowed = new WeakMap<readonly Node[], RouteTable>();

  /** `nodes`: a list that never changes; another list has another table. */
  of(nodes: readonly Node[], allowFound: boolean): RouteTable {
    const tables = allowFound ? this.#allowed : this.#confirmed;
    let table = tables.get(nodes);
    if (table === undefined) tables.set(nodes, (table = new RouteTable(nodes, allowFound)));
    return table;
  }
}

function rowOf(node: Node, model: NodeModel, access: RouteFacts['access']): RouteRow {
  const { modelId, known, isLocal, prices } = model;
  const prior = speedPrior({ modelId, known, isLocal, isDemo: node.isDemo });
  const performance = performanceFacts(null, prior);
  return {
    node,
    model,
    routeId: routeIdOf(node, model),
    access,
    prices: prices && { inputPerMTok: prices.inputPerMTok, outputPerMTok: prices.outputPerMTok },
    balancePrices: balancePricesOf(prices),
    speedPrior: prior,
    untried: { performance, lawStart: lawStart({ performance }) },
  };
}

function standingRoute({ node, model, routeId, access, prices, speedPrior: speed }: RouteRow): StandingRoute {
  const { nodeId, isDemo } = node;
  const { modelId, isLocal, capabilities, maxOutputTokens } = model;
  return {
    ...{ routeId, nodeId, modelId, isLocal, isDemo, access, capabilities, maxOutputTokens, prices },
    speedPrior: speed,
  };
}

/** A provider whose cache prices are not listed is taken for one that gives no discount and asks no premium. */
function balancePricesOf(prices: NodeModel['prices']): BalancePrices | null {
  if (prices === null) return null;
  const { inputPerMTok, outputPerMTok, cacheReadPerMTok, cacheWritePerMTok } = prices;
  return {
    inputPerMTok,
    outputPerMTok,
    cacheReadPerMTok: cacheReadPerMTok ?? inputPerMTok,
    // Attempts are billed without a premium for writing, so none is expected.
    cacheWritePerMTok: Math.min(cacheWritePerMTok ?? inputPerMTok, inputPerMTok),
  };
}

function standingOf({ routeId, access, model: { isLocal, capabilities } }: RouteRow): string {
  const { tools, vision, structuredOutput, reasoning } = capabilities;
  return `${routeId}\n${access}${isLocal}${tools}${vision}${structuredOutput}${reasoning}\n`;
}
