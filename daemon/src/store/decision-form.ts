/**
 * How a decision stands in the file: what the row has in columns is not said again, what stands for many decisions is
 * named (`standing-facts.ts`), routes are told by their places, and the figures of routes and candidates, which would be
 * most of it, stand side by side as bytes, because to write a number out takes longer than to score by it. The rest is
 * JSON. `parseDecision` gives back every record bit for bit, also those of older daemons.
 */
import type {
  Candidate,
  Needs,
  Rejection,
  RouteFacts,
  Selection,
  SelectionInput,
  TaskFacts,
  Understanding,
} from '../engine/index.ts';
import {
  addCandidate,
  addRoute,
  candidateFigures,
  candidateOf,
  routeFigures,
  routeOf,
  type SaidRoute,
  type StandingRoute,
} from './decision-figures.ts';
import { RowReader, type FiguresText } from './figures.ts';
import { olderDecision, type OlderDecision } from './older-decisions.ts';
import type { DecisionRecord } from './records.ts';
import type { KnownParts, ReadFacts } from './standing-facts.ts';

/** A decision's row. */
export interface DecisionRow {
  readonly decisionId: string;
  readonly taskId: string;
  readonly createdAtMs: number;
  readonly kind: DecisionRecord['kind'];
  readonly prompt: string | null;
  readonly chosen: string | null;
  readonly record: string;
}

/** What standing facts say of the routes. */
export interface RoutesFacts {
  readonly routes: readonly StandingRoute[];
  readonly labels: DecisionRecord['labels'];
}

type InColumns = Exclude<keyof DecisionRow, 'chosen' | 'record'>;
type OutOfPlace = 'labels' | 'input' | 'selection' | 'understanding' | 'known';

/** The place of a route in the input; the id of one that has none. */
type Place = number | string;

interface StoredDecision extends Omit<DecisionRecord, InColumns | OutOfPlace> {
  /** Names of `RoutesFacts` and of the policy layers. */
  readonly facts: readonly [routes: string, policy: string];
  readonly understanding?: Omit<Understanding, 'kind' | 'needs'> &
    Partial<Pick<Understanding, 'kind'>> & {
      readonly needs: number;
    };
  readonly input: Omit<SelectionInput, 'task' | 'routes' | 'policy'> & {
    readonly task: Omit<TaskFacts, 'taskId' | 'kind' | 'needs'> &
      Partial<Pick<TaskFacts, 'taskId' | 'kind'>> & { readonly needs: number };
  };
  /** What is said of routes, each once, and which of it of each route. */
  readonly said: readonly SaidRoute[];
  readonly routes: readonly number[];
  readonly selection: Omit<Selection, 'candidates' | 'ranked' | 'chosen'> & {
    /** A rejected one is with its reason's place among `rejections`. */
    readonly candidates: readonly (Place | readonly [Place, number])[];
    readonly rejections: readonly Rejection[];
    readonly ranked: readonly Place[];
  };
  readonly figures: FiguresText;
}

/** Without what is in columns and in standing facts. */
export function writeDecision(record: DecisionRecord, known: KnownParts): string {
  const { input, selection } = record;
  const { figures } = known;
  // A record that could not be written may have left some.
  figures.clear();
  const routes = routesText(input.routes, known);
  const chosen = selectionText(selection, known);
  const [kinds, wholes, doubles] = figures.text();
  return (
    `{"facts":["${known.routes.name}","${known.policy.name}"],${headText(record)}${understandingText(record)}` +
    `,"input":{"task":${taskText(record)},"seed":${input.seed}` +
    `${optional('exploration', input.exploration)}${optional('pacing', input.pacing)}}` +
    `,${routes},${chosen},"figures":["${kinds}","${wholes}","${doubles}"]}`
  );
}

/** Throws where facts that it names are not to be had. */
export function parseDecision({ record, ...row }: DecisionRow, readFacts: ReadFacts): DecisionRecord {
  const parsed = JSON.parse(record) as OlderDecision | StoredDecision;
  return 'facts' in parsed ? decisionOf(parsed, row, readFacts) : olderDecision(parsed);
}

function decisionOf(
  { facts, understanding, input, said, routes, selection, figures, ...rest }: StoredDecision,
  { chosen, ...columns }: Omit<DecisionRow, 'record'>,
  readFacts: ReadFacts,
): DecisionRecord {
  const standing = readFacts(facts[0]) as RoutesFacts;
  const policy = readFacts(facts[1]) as SelectionInput['policy'];
  const { taskId, kind } = columns;
  const reader = new RowReader(figures);
  reader.rows(routeFigures);
  const allRoutes = standing.routes.map((route, at) =>
    routeOf({ ...route, ...(said[routes[at] ?? 0] as SaidRoute) }, reader),
  );
  const idOf = (place: Place) => (typeof place === 'string' ? place : (allRoutes[place]?.routeId ?? ''));
  reader.rows(candidateFigures);
  const { candidates: places, rejections, ranked, ...told } = selection;
  const candidates = places.map((each): Candidate =>
    typeof each === 'object'
      ? { routeId: idOf(each[0]), eligible: false, rejection: rejections[each[1]] as Rejection }
      : candidateOf(idOf(each), reader),
  );
  const { needs, ...task } = input.task;
  return {
    ...columns,
    ...rest,
    ...(understanding && { understanding: { kind, ...understanding, needs: needsOf(understanding.needs) } }),
    labels: standing.labels,
    input: { ...input, task: { taskId, kind, ...task, needs: needsOf(needs) }, routes: allRoutes, policy },
    // In the engine's own order: a replay compares the text of the whole.
    selection: { candidates, ranked: ranked.map(idOf), chosen, ...told },
  };
}

/** Names, kinds and digests are letters that need no escape. */
function headText(record: DecisionRecord): string {
  const { retryOf, client, tool, conversationId, promptSha256, promptChars } = record;
  const { context, skippedContext, sketch, cached, decidedInUs, versions } = record;
  return (
    `"retryOf":${text(retryOf)},"client":"${client}"${optional('tool', tool)}` +
    `${optional('conversationId', conversationId)},"promptSha256":"${promptSha256}"` +
    `,"promptChars":${promptChars},"context":${list(context)},"skippedContext":${list(skippedContext)}` +
    `${optional('sketch', sketch)},"cached":${cached},"decidedInUs":${decidedInUs}` +
    `,"versions":${JSON.stringify(versions)}`
  );
}

function understandingText({ understanding, kind }: DecisionRecord): string {
  if (understanding === undefined) return '';
  const { kindSource, confidence, taskClass, language, isAgentic, needs } = understanding;
  const { difficulty, guard, qualityHeads } = understanding;
  return (
    `,"understanding":{${other('kind', understanding.kind, kind)}"kindSource":"${kindSource}"` +
    `,"confidence":${confidence},"taskClass":"${taskClass}","language":${text(language)}` +
    `,"isAgentic":${isAgentic},"needs":${needsNumber(needs)},"difficulty":${difficulty}` +
    `,"guard":${JSON.stringify(guard)},"qualityHeads":${JSON.stringify(qualityHeads)}}`
  );
}

function taskText({ input: { task }, taskId, kind }: DecisionRecord): string {
  const { language, inputTokens, outputTokens, needs, priority, deadlineMs, maxCostUsd, pin, exclude } = task;
  return (
    `{${other('taskId', task.taskId, taskId)}${other('kind', task.kind, kind)}"language":${text(language)}` +
    `,"inputTokens":${inputTokens},"outputTokens":${outputTokens},"needs":${needsNumber(needs)}` +
    `,"priority":"${priority}","deadlineMs":${deadlineMs},"maxCostUsd":${maxCostUsd}` +
    `,"pin":${text(pin)},"exclude":${list(exclude)}}`
  );
}

function needsNumber({ tools, vision, structuredOutput, reasoning }: Needs): number {
  return Number(tools) + 2 * Number(vision) + 4 * Number(structuredOutput) + 8 * Number(reasoning);
}

function needsOf(needs: number): Needs {
  const has = (bit: number) => (needs & bit) !== 0;
  return { tools: has(1), vision: has(2), structuredOutput: has(4), reasoning: has(8) };
}

/** Many routes are like one another in what is said of them. */
function routesText(routes: readonly RouteFacts[], { figures }: KnownParts): string {
  const said: RouteFacts[] = [];
  let which = '';
  figures.rows(routeFigures);
  for (const route of routes) {
    addRoute(route, figures);
    let place = said.findIndex((each) => isSaidAlike(each, route));
    if (place < 0) place = said.push(route) - 1;
    which += which === '' ? place : `,${place}`;
  }
  return `"said":[${said.map(saidText).join()}],"routes":[${which}]`;
}

/** Whether `saidText` says the same of both. */
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

function saidText({
  health,
  healthReason,
  lastResort,
  heldBack,
  takesAsIs,
  quality,
  load,
}: RouteFacts): string {
  const prior = quality?.source === undefined ? '' : `,"prior":"${quality.source.prior}"`;
  return (
    `{"health":"${health}"${optional('healthReason', healthReason)}${optional('lastResort', lastResort)}` +
    `${optional('heldBack', heldBack)}${optional('takesAsIs', takesAsIs)}${prior}` +
    `${optional('load', hasMore(load) ? load : undefined)}}`
  );
}

function hasMore({ state, coldStartMs, queueMs, evictionMs }: RouteFacts['load']): boolean {
  return (
    state !== undefined || coldStartMs !== undefined || queueMs !== undefined || evictionMs !== undefined
  );
}

function selectionText(selection: Selection, known: KnownParts): string {
  const { ranked, objective, weights, settings, summary, propensity, exploration, pacing } = selection;
  return (
    `"selection":{${candidatesText(selection.candidates, known)}` +
    `,"ranked":[${ranked.map((routeId) => placeText(routeId, known)).join()}],"objective":"${objective}"` +
    `,"weights":${JSON.stringify(weights)},"settings":${list(settings)},"summary":${text(summary)}` +
    `,"propensity":${propensity}${optional('exploration', exploration)}${optional('pacing', pacing)}}`
  );
}

function candidatesText(candidates: readonly Candidate[], known: KnownParts): string {
  const { figures } = known;
  const rejections: Rejection[] = [];
  let places = '';
  figures.rows(candidateFigures);
  for (const candidate of candidates) {
    if (places !== '') places += ',';
    const place = placeText(candidate.routeId, known);
    if (candidate.eligible) {
      places += place;
      addCandidate(candidate, figures);
    } else {
      const { rejection } = candidate;
      let at = rejections.findIndex((each) => isSame(each, rejection));
      if (at < 0) at = rejections.push(rejection) - 1;
      places += `[${place},${at}]`;
    }
  }
  return `"candidates":[${places}],"rejections":${list(rejections)}`;
}

function isSame(a: Rejection, b: Rejection): boolean {
  return a.code === b.code && a.reason === b.reason && a.setting === b.setting;
}

function placeText(routeId: string, { placeOf }: KnownParts): string {
  const place = placeOf(routeId);
  return place < 0 ? text(routeId) : `${place}`;
}

function text(value: string | null): string {
  return value === null ? 'null' : JSON.stringify(value);
}

function list(values: readonly unknown[]): string {
  return values.length === 0 ? '[]' : JSON.stringify(values);
}

function optional(name: string, value: unknown): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

/** Only where it is not what it is elsewhere; with the comma after it. */
function other(name: string, value: string, elsewhere: string): string {
  return value === elsewhere ? '' : `"${name}":${JSON.stringify(value)},`;
}
