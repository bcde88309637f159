/** Loads and prompt caches as the card shows them: how busy each node was, and why a conversation stayed or moved. */
import type { Balance } from '@task-router/protocol';
import type { PredictedCall, RouteFacts } from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';

type Predicted = RouteFacts & { readonly predicted: PredictedCall };

/** null for decisions of before loads were known. */
export function balanceView({ input, selection, conversationId }: DecisionRecord): Balance | null {
  const routes = input.routes.filter((route): route is Predicted => route.predicted !== undefined);
  if (routes.length === 0) return null;
  const conversation = conversationId === undefined ? null : conversationView(routes, selection.ranked);
  return { nodes: nodeLoads(routes), conversation };
}

function nodeLoads(routes: readonly Predicted[]): Balance['nodes'] {
  return [...Map.groupBy(routes, ({ nodeId }) => nodeId)].map(([node, [first]]) => ({
    node,
    inFlight: first?.load.inFlight ?? 0,
    slots: first?.load.slots ?? null,
    waitMs: first?.predicted.waitMs ?? 0,
  }));
}

function conversationView(routes: readonly Predicted[], ranked: readonly string[]): Balance['conversation'] {
  const warm = routes.reduce<Predicted | null>(
    (most, route) => (route.predicted.cachedTokens > (most?.predicted.cachedTokens ?? 0) ? route : most),
    null,
  );
  const [chosen, runnerUp] = ranked;
  if (warm === null || chosen === undefined) return null;
  const { routeId: warmRoute, predicted } = warm;
  const stayed = chosen === warmRoute;
  const other = routes.find(({ routeId }) => routeId === (stayed ? runnerUp : chosen));
  const switchCost = other?.predicted.switchCost
    ? { route: other.routeId, ...other.predicted.switchCost }
    : null;
  const { cachedTokens } = predicted;
  const shared = { kind: stayed ? 'stayed' : 'moved', warmRoute, cachedTokens, switchCost } as const;
  return { ...shared, sentence: sentenceOf(shared, ranked) };
}

type Told = Pick<NonNullable<Balance['conversation']>, 'kind' | 'warmRoute' | 'cachedTokens' | 'switchCost'>;

function sentenceOf({ kind, warmRoute, cachedTokens, switchCost }: Told, ranked: readonly string[]): string {
  const prefix = `about ${Math.round(cachedTokens)} tokens of this conversation are in its cache`;
  const anew =
    switchCost === null
      ? ''
      : `: reading them anew on ${switchCost.route} takes ${switchCost.seconds.toFixed(1)} s` +
        (switchCost.usd === null ? ' at an unknown price' : ` and costs $${switchCost.usd.toFixed(4)}`);
  if (kind === 'stayed') return `Stayed on ${warmRoute}, ${prefix}${anew}.`;
  const why = ranked.includes(warmRoute)
    ? 'the other route scores better with that counted'
    : 'that route is not eligible now';
  return `Moved away from ${warmRoute} although ${prefix}${anew}; ${why}.`;
}
