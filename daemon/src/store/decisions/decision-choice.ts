/** Routes and the choice among them in a stored decision, but for their figures and for what stands for many decisions. */
import type { Candidate, Rejection, RouteFacts, Selection } from '../../engine/index.ts';
import { addCandidate, addRoute, candidateOf, routeOf, type SaidRoute } from './decision-figures.ts';
import { candidateFigures, routeFigures, type Figures, type RowReader } from './figures.ts';
import type { KnownParts, StandingRoute } from '../standing-facts.ts';

/** What is said of routes, each once, and which of it of each route. */
export type StoredRoutes = readonly [said: readonly StoredSaid[], which: readonly number[]];

/** `healthReason`: 0 where it is absent, for there is null besides. */
type StoredSaid = readonly [
  ...[health: SaidRoute['health'], healthReason: string | null | 0],
  ...[lastResort: boolean | null, heldBack: boolean | null, takesAsIs: boolean | null],
  ...[prior: SaidRoute['prior'] | null, load: SaidRoute['load'] | null],
];

/** The place of a route in the input; the id of one that has none. */
type Place = number | string;

export type StoredSelection = readonly [
  /** A rejected candidate is with its reason's place among `rejections`. */
  candidates: readonly [
    ...[candidates: readonly (Place | readonly [Place, number])[], rejections: readonly Rejection[]],
    ranked: readonly Place[],
  ],
  why: readonly [
    ...[objective: Selection['objective'], weights: StoredWeights, settings: Selection['settings']],
    summary: string,
  ],
  chance: readonly [
    ...[propensity: number, exploration: NonNullable<Selection['exploration']> | null],
    pacing: NonNullable<Selection['pacing']> | null,
  ],
];

type StoredWeights = readonly [capability: number, performance: number, resources: number, history: number];

/** Many routes are like one another in what is said of them. */
export function storedRoutes(routes: readonly RouteFacts[], figures: Figures): StoredRoutes {
  const different: RouteFacts[] = [];
  const which: number[] = [];
  figures.rows(routeFigures);
  for (const route of routes) {
    addRoute(route, figures);
    const known = different.findIndex((each) => isSaidAlike(each, route));
    which.push(known < 0 ? different.push(route) - 1 : known);
  }
  return [different.map(storedSaid), which];
}

export function routesOf(
  [said, which]: StoredRoutes,
  standing: readonly StandingRoute[],
  reader: RowReader,
): RouteFacts[] {
  reader.rows(routeFigures);
  return standing.map((route, at) => routeOf({ ...route, ...saidOf(said[which[at] ?? 0]) }, reader));
}

/** Whether `storedSaid` says the same of both. */
function isSaidAlike(a: RouteFacts, b: RouteFacts): boolean {
  return (
    a.health === b.health &&
    a.healthReason === b.healthReason &&
    a.lastResort === b.lastResort &&
    a.heldBack === b.heldBack &&
    a.takesAsIs === b.takesAsIs &&
    a.quality?.source?.prior === b.quality?.source?.prior &&
    !hasMore(a.load) &&
    !hasMore(b.load)
  );
}

function hasMore({ state, coldStartMs, queueMs, evictionMs }: RouteFacts['load']): boolean {
  return (
    state !== undefined || coldStartMs !== undefined || queueMs !== undefined || evictionMs !== undefined
  );
}

function storedSaid(route: RouteFacts): StoredSaid {
  const { health, healthReason = 0, lastResort = null, heldBack = null, takesAsIs = null } = route;
  const prior = route.quality?.source?.prior ?? null;
  return [
    health,
    healthReason,
    lastResort,
    heldBack,
    takesAsIs,
    prior,
    hasMore(route.load) ? route.load : null,
  ];
}

function saidOf(stored: StoredSaid | undefined): SaidRoute {
  const [health = 'unknown', healthReason, lastResort, heldBack, takesAsIs, prior, load] = stored ?? [];
  return {
    health,
    ...(healthReason !== 0 && healthReason !== undefined && { healthReason }),
    ...(lastResort != null && { lastResort }),
    ...(heldBack != null && { heldBack }),
    ...(takesAsIs != null && { takesAsIs }),
    ...(prior != null && { prior }),
    ...(load != null && { load }),
  };
}

export function storedSelection(selection: Selection, { figures, placeOf }: KnownParts): StoredSelection {
  const { objective, weights, settings, summary, propensity, exploration = null, pacing = null } = selection;
  const { capability, performance, resources, history } = weights;
  const placed = (routeId: string): Place => {
    const place = placeOf(routeId);
    return place < 0 ? routeId : place;
  };
  const rejections: Rejection[] = [];
  figures.rows(candidateFigures);
  const candidates = selection.candidates.map((candidate) => {
    const place = placed(candidate.routeId);
    if (!candidate.eligible) return [place, placeAmong(rejections, candidate.rejection)] as const;
    addCandidate(candidate, figures);
    return place;
  });
  return [
    [candidates, rejections, selection.ranked.map(placed)],
    [objective, [capability, performance, resources, history], settings, summary],
    [propensity, exploration, pacing],
  ];
}

/** Many are rejected for the same reason. */
function placeAmong(rejections: Rejection[], rejection: Rejection): number {
  const { code, reason, setting } = rejection;
  const known = rejections.findIndex(
    (each) => each.code === code && each.reason === reason && each.setting === setting,
  );
  return known < 0 ? rejections.push(rejection) - 1 : known;
}

/** In the engine's own order of fields: a replay compares the text of the whole. */
export function selectionOf(
  [[places, rejections, ranked], [objective, weights, settings, summary], chance]: StoredSelection,
  of: { readonly routes: readonly RouteFacts[]; readonly chosen: string | null; readonly reader: RowReader },
): Selection {
  const [propensity, exploration, pacing] = chance;
  const [capability, performance, resources, history] = weights;
  const idOf = (place: Place) => (typeof place === 'string' ? place : (of.routes[place]?.routeId ?? ''));
  of.reader.rows(candidateFigures);
  const candidates = places.map((each): Candidate =>
    typeof each === 'object'
      ? rejectedOf(idOf(each[0]), rejections[each[1]])
      : candidateOf(idOf(each), of.reader),
  );
  return {
    ...{ candidates, ranked: ranked.map(idOf), chosen: of.chosen, objective },
    weights: { capability, performance, resources, history },
    ...{ settings, summary, propensity },
    ...(exploration !== null && { exploration }),
    ...(pacing !== null && { pacing }),
  };
}

function rejectedOf(routeId: string, rejection: Rejection | undefined): Candidate {
  if (rejection === undefined) throw new Error(`why ${routeId} was rejected is missing`);
  return { routeId, eligible: false, rejection };
}
