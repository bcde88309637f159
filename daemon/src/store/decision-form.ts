/**
 * How a decision stands in the file: as JSON, but for the figures of its routes and candidates, which are most of it. To
 * write a number out takes longer than to score by it, so they stand side by side as bytes, bit for bit, in one text; and
 * what stays as it is from one decision to the next is JSON that the caller has already.
 *
 * A record of an older daemon has no such text: it is plain JSON, and read as it stands.
 */
import type {
  Candidate,
  PredictedCall,
  QualityFacts,
  Rejection,
  RouteFacts,
  Selection,
  SelectionInput,
} from '../engine/index.ts';
import { FigureReader, Figures } from './figures.ts';
import type { DecisionRecord } from './records.ts';
import type { TextBuffer } from './text-buffer.ts';

/** What of a record is JSON already, and where its figures are gathered. */
export interface KnownParts {
  /** For each route of the input its `StandingRoute`, without the closing brace. */
  readonly routes: readonly string[];
  readonly policy: string;
  readonly labels: string;
  /** Room for those of all routes: `figuresFor`. */
  readonly figures: Figures;
}

/** What of a route stays as it is until its node changes. */
export type StandingRoute = Pick<
  RouteFacts,
  | ('routeId' | 'nodeId' | 'modelId' | 'isLocal' | 'isDemo' | 'access' | 'capabilities')
  | ('maxOutputTokens' | 'prices')
> &
  Pick<RouteFacts['performance'], 'speedPrior'>;

/** What else of it is JSON. `load` where there is more to it than slots. */
type StoredRoute = StandingRoute &
  Pick<RouteFacts, 'health' | 'healthReason' | 'lastResort' | 'heldBack' | 'takesAsIs'> & {
    readonly prior?: NonNullable<QualityFacts['source']>['prior'];
    readonly load?: RouteFacts['load'];
  };

type Rejected = Extract<Candidate, { eligible: false }>;
type Eligible = Extract<Candidate, { eligible: true }>;

interface StoredDecision extends Omit<DecisionRecord, 'input' | 'selection'> {
  readonly input: Omit<SelectionInput, 'routes'> & { readonly routes: readonly StoredRoute[] };
  /** An eligible candidate is its route's id here. */
  readonly selection: Omit<Selection, 'candidates'> & { readonly candidates: readonly (Rejected | string)[] };
  readonly figures: string;
}

/** Of one route, and of one eligible candidate. */
const [routeFigures, candidateFigures] = [21, 13];

/** Room for a decision among so many routes. */
export function figuresFor(routes: number): Figures {
  return new Figures(routes * (routeFigures + candidateFigures));
}

/** `parseDecision` gives the record back. */
export function writeDecision(record: DecisionRecord, known: KnownParts, into: TextBuffer): void {
  const { input, selection, understanding } = record;
  const { figures } = known;
  const { task, seed, exploration, pacing } = input;
  // A record that could not be written may have left some.
  figures.clear();
  into.add(`{${headText(record)}`);
  if (understanding !== undefined) {
    into.add(',"understanding":');
    into.add(JSON.stringify(understanding));
  }
  into.add(',"labels":');
  into.add(known.labels);
  into.add(',"input":{"task":');
  into.add(JSON.stringify(task));
  into.add(',"policy":');
  into.add(known.policy);
  into.add(`,"seed":${seed}${optional('exploration', exploration)}${optional('pacing', pacing)},"routes":[`);
  writeRoutes(input.routes, known, into);
  into.add(']},"selection":{"candidates":[');
  writeCandidates(selection.candidates, figures, into);
  into.add(`],${saidText(selection)}},"figures":"`);
  into.add(figures.text());
  into.add('"}');
}

export function parseDecision(text: string): DecisionRecord {
  const stored = JSON.parse(text) as DecisionRecord | StoredDecision;
  if (!('figures' in stored)) return stored;
  const { figures, input, selection, ...rest } = stored;
  const reader = new FigureReader(figures);
  const routes = input.routes.map((route) => routeOf(route, reader));
  const candidates = selection.candidates.map((each) =>
    typeof each === 'string' ? candidateOf(each, reader) : each,
  );
  return { ...rest, input: { ...input, routes }, selection: { ...selection, candidates } };
}

/** Names, kinds and digests are letters that need no escape. */
function headText(record: DecisionRecord): string {
  const { decisionId, taskId, retryOf, createdAtMs, client, tool, kind, conversationId } = record;
  const { promptSha256, promptChars, prompt, context, skippedContext, sketch } = record;
  const { cached, decidedInUs, versions } = record;
  return (
    `"decisionId":${text(decisionId)},"taskId":${text(taskId)},"retryOf":${text(retryOf)}` +
    `,"createdAtMs":${createdAtMs},"client":"${client}"${optional('tool', tool)},"kind":"${kind}"` +
    `${optional('conversationId', conversationId)},"promptSha256":"${promptSha256}"` +
    `,"promptChars":${promptChars},"prompt":${text(prompt)},"context":${list(context)}` +
    `,"skippedContext":${list(skippedContext)}` +
    `${optional('sketch', sketch)},"cached":${cached},"decidedInUs":${decidedInUs}` +
    `,"versions":${JSON.stringify(versions)}`
  );
}

function saidText(selection: Selection): string {
  const { ranked, chosen, objective, weights, settings, summary } = selection;
  const { propensity, exploration, pacing } = selection;
  return (
    `"ranked":${list(ranked)},"chosen":${text(chosen)},"objective":"${objective}"` +
    `,"weights":${JSON.stringify(weights)},"settings":${list(settings)},"summary":${text(summary)}` +
    `,"propensity":${propensity}${optional('exploration', exploration)}${optional('pacing', pacing)}`
  );
}

function writeRoutes(routes: readonly RouteFacts[], known: KnownParts, into: TextBuffer): void {
  let last: RouteFacts | null = null;
  let lastText = '';
  for (const [at, route] of routes.entries()) {
    addRoute(route, known.figures);
    if (at > 0) into.add(',');
    into.add(known.routes[at] ?? '');
    if (last === null || !isSaidAlike(last, route)) lastText = routeText(route);
    last = route;
    into.add(lastText);
  }
}

/** Many are rejected for the same reason. */
function writeCandidates(candidates: readonly Candidate[], figures: Figures, into: TextBuffer): void {
  let last: Rejection | null = null;
  let lastText = '';
  let comma = '';
  for (const candidate of candidates) {
    if (candidate.eligible) {
      into.add(comma + text(candidate.routeId));
      addCandidate(candidate, figures);
    } else {
      const { routeId, rejection } = candidate;
      if (last === null || !isSame(last, rejection)) lastText = JSON.stringify(rejection);
      last = rejection;
      into.add(`${comma}{"routeId":${text(routeId)},"eligible":false,"rejection":`);
      into.add(lastText);
      into.add('}');
    }
    comma = ',';
  }
}

function isSame(a: Rejection, b: Rejection): boolean {
  return a.code === b.code && a.reason === b.reason && a.setting === b.setting;
}

function addRoute(route: RouteFacts, figures: Figures): void {
  const { contextWindow, inputTokenFactor, capabilityPrior, performance, load } = route;
  figures.add(contextWindow);
  figures.add(inputTokenFactor);
  figures.add(capabilityPrior);
  const { alpha, beta, source }: Partial<QualityFacts> = route.quality ?? nothing;
  figures.add(alpha);
  figures.add(beta);
  figures.add(source?.outcomes);
  figures.add(source?.similar);
  figures.add(performance.firstTokenMs);
  figures.add(performance.tokensPerSecond);
  figures.add(performance.successes);
  figures.add(performance.failures);
  figures.add(performance.confidence);
  figures.add(load.inFlight);
  figures.add(load.slots);
  const predicted: Partial<PredictedCall> = route.predicted ?? nothing;
  figures.add(predicted.timeFactor);
  figures.add(predicted.waitMs);
  figures.add(predicted.costFactor);
  figures.add(predicted.cachedTokens);
  figures.add(predicted.marginMs);
  figures.add(predicted.switchCost?.seconds);
  figures.add(predicted.switchCost?.usd);
}

const nothing = {};

/** Most routes are as the one before: whether `routeText` says the same of both. */
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

/** What follows the standing part. */
function routeText(route: RouteFacts): string {
  const { health, healthReason, lastResort, heldBack, takesAsIs, quality, load } = route;
  const said = `,"health":"${health}"${optional('healthReason', healthReason)}`;
  const prior = quality?.source === undefined ? '' : `,"prior":"${quality.source.prior}"`;
  const more = hasMore(load) ? `,"load":${JSON.stringify(load)}` : '';
  return `${said}${flag('lastResort', lastResort)}${flag('heldBack', heldBack)}${flag('takesAsIs', takesAsIs)}${prior}${more}}`;
}

function hasMore({ state, coldStartMs, queueMs, evictionMs }: RouteFacts['load']): boolean {
  return (
    state !== undefined || coldStartMs !== undefined || queueMs !== undefined || evictionMs !== undefined
  );
}

function routeOf({ speedPrior, prior, load, ...route }: StoredRoute, reader: FigureReader): RouteFacts {
  const contextWindow = reader.next();
  const inputTokenFactor = reader.next();
  const capabilityPrior = reader.next() ?? 0;
  const quality = qualityOf(prior, reader);
  const speeds = { firstTokenMs: reader.next(), tokensPerSecond: reader.next() };
  const calls = { successes: reader.next() ?? 0, failures: reader.next() ?? 0 };
  const confidence = reader.next();
  const slots = { inFlight: reader.next() ?? 0, slots: reader.next() };
  const predicted = predictedOf(reader);
  return {
    ...route,
    contextWindow,
    ...(inputTokenFactor !== null && { inputTokenFactor }),
    capabilityPrior,
    ...(quality && { quality }),
    performance: { ...speeds, speedPrior, ...calls, ...(confidence !== null && { confidence }) },
    load: load ?? slots,
    ...(predicted !== null && { predicted }),
  };
}

function qualityOf(prior: StoredRoute['prior'], reader: FigureReader): QualityFacts | null {
  const [alpha, beta] = [reader.next(), reader.next()];
  const [outcomes, similar] = [reader.next() ?? 0, reader.next() ?? 0];
  if (alpha === null || beta === null) return null;
  return prior === undefined ? { alpha, beta } : { alpha, beta, source: { prior, outcomes, similar } };
}

function predictedOf(reader: FigureReader): PredictedCall | null {
  const timeFactor = reader.next();
  const [waitMs, costFactor] = [reader.next() ?? 0, reader.next() ?? 1];
  const [cachedTokens, marginMs] = [reader.next() ?? 0, reader.next() ?? 0];
  const [seconds, usd] = [reader.next(), reader.next()];
  if (timeFactor === null) return null;
  const switchCost = seconds === null ? null : { seconds, usd };
  return { timeFactor, waitMs, costFactor, cachedTokens, marginMs, switchCost };
}

function addCandidate({ score, parts, expected, quality, gate }: Eligible, figures: Figures): void {
  figures.add(score);
  figures.add(parts.capability);
  figures.add(parts.performance);
  figures.add(parts.resources);
  figures.add(parts.history);
  figures.add(expected.firstTokenMs);
  figures.add(expected.totalMs);
  figures.add(expected.costUsd);
  figures.add(quality?.mean);
  figures.add(quality?.pseudoCounts);
  figures.add(gate === undefined ? null : Number(gate.passed));
  figures.add(gate?.bound);
  figures.add(gate?.floor);
}

function candidateOf(routeId: string, reader: FigureReader): Eligible {
  const figure = () => reader.next() ?? 0;
  const score = figure();
  const parts = { capability: figure(), performance: figure(), resources: figure(), history: figure() };
  const expected = { firstTokenMs: figure(), totalMs: figure(), costUsd: reader.next() };
  const [mean, pseudoCounts] = [reader.next(), reader.next()];
  const passed = reader.next();
  const [bound, floor] = [figure(), figure()];
  return {
    ...{ routeId, eligible: true, score, parts, expected },
    ...(mean !== null && pseudoCounts !== null && { quality: { mean, pseudoCounts } }),
    ...(passed !== null && { gate: { passed: passed === 1, bound, floor } }),
  };
}

function flag(name: string, value: boolean | undefined): string {
  return value === undefined ? '' : `,"${name}":${value}`;
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
