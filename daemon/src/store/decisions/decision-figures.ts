/** The figures of a route and of an eligible candidate, in the order in which the file has them. */
import type { Candidate, PredictedCall, QualityFacts, RouteFacts } from '../../engine/index.ts';
import type { FigureReader, Figures } from './figures.ts';
import type { StandingRoute } from '../standing-facts.ts';

/** What of a route changes and is no figure. `load` where there is more to it than slots. */
export type SaidRoute = Pick<
  RouteFacts,
  'health' | 'healthReason' | 'lastResort' | 'heldBack' | 'takesAsIs'
> & {
  readonly prior?: NonNullable<QualityFacts['source']>['prior'];
  readonly load?: RouteFacts['load'];
};

export type Eligible = Extract<Candidate, { eligible: true }>;

export function addRoute(route: RouteFacts, figures: Figures): void {
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

export function routeOf(
  { speedPrior, prior, load, ...route }: StandingRoute & SaidRoute,
  reader: FigureReader,
): RouteFacts {
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

function qualityOf(prior: SaidRoute['prior'], reader: FigureReader): QualityFacts | null {
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

export function addCandidate({ score, parts, expected, quality, gate }: Eligible, figures: Figures): void {
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

export function candidateOf(routeId: string, reader: FigureReader): Eligible {
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
