/**
 * The part of a decision that many tasks share: the merged policy, and what speaks against each route for as long as
 * policy, keys and models stay as they are. Kept in the route cache; the final pick never is, because it depends on
 * load, health and prices of this very moment.
 */
import type { PolicyLayer } from '../model/policy.ts';
import type { RouteFacts } from '../model/route.ts';
import type { PreparedCandidates, PreparedRoute } from '../model/selection.ts';
import type { Needs, TaskFacts } from '../model/task.ts';
import { standingFilters, type StandingFacts } from './filters/index.ts';
import { resolvePolicy, restrictionTexts } from './policy/index.ts';

export function prepareCandidates(
  task: TaskFacts,
  routes: readonly RouteFacts[],
  layers: readonly PolicyLayer[],
): PreparedCandidates {
  const policy = resolvePolicy(layers);
  const objections = standingFilters(policy, task.needs);
  return {
    needs: task.needs,
    layers,
    policy,
    settings: restrictionTexts(policy),
    routes: routes.map(({ routeId, isLocal, access, capabilities }) => {
      const facts: StandingFacts = { routeId, isLocal, access, capabilities };
      return { ...facts, rejection: objections(facts)[0] ?? null };
    }),
  };
}

/**
 * Cache key for prepared candidates. `epoch` changes with keys, consents and reachability, `policyVersion` with the
 * layers, `catalogVersion` with what is known of the models.
 */
export function candidateKey(
  { needs }: TaskFacts,
  policyVersion: string,
  catalogVersion: string,
  epoch: string,
): string {
  const { tools, vision, structuredOutput, reasoning } = needs;
  const bits = Number(tools) + 2 * Number(vision) + 4 * Number(structuredOutput) + 8 * Number(reasoning);
  // With their lengths, so that versions which hold a separator never run into each other.
  const versions = `${policyVersion.length} ${policyVersion} ${catalogVersion.length} ${catalogVersion}`;
  return `${bits} ${versions} ${epoch}`;
}

/**
 * Whether `prepared` was made from just these needs, layers and routes. A key that forgot something would otherwise
 * let one folder's tasks run under another folder's policy; comparing costs microseconds and makes that impossible.
 */
export function isPreparedFor(
  prepared: PreparedCandidates,
  task: TaskFacts,
  routes: readonly RouteFacts[],
  layers: readonly PolicyLayer[],
): boolean {
  return (
    sameNeeds(prepared.needs, task.needs) &&
    sameLayers(prepared.layers, layers) &&
    prepared.routes.length === routes.length &&
    prepared.routes.every((made, index) => sameStanding(made, routes[index]))
  );
}

function sameNeeds(a: Needs, b: Needs): boolean {
  return (
    a.tools === b.tools &&
    a.vision === b.vision &&
    a.structuredOutput === b.structuredOutput &&
    a.reasoning === b.reasoning
  );
}

function sameLayers(a: readonly PolicyLayer[], b: readonly PolicyLayer[]): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function sameStanding(made: PreparedRoute, route: RouteFacts | undefined): boolean {
  return (
    route?.routeId === made.routeId &&
    route.isLocal === made.isLocal &&
    route.access === made.access &&
    sameCapabilities(route.capabilities, made.capabilities)
  );
}

function sameCapabilities(a: RouteFacts['capabilities'], b: RouteFacts['capabilities']): boolean {
  return (
    a === b ||
    (a.tools === b.tools &&
      a.vision === b.vision &&
      a.structuredOutput === b.structuredOutput &&
      a.reasoning === b.reasoning)
  );
}
