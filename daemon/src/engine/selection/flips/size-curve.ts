/**
 * A candidate's score as a function of the prompt's size: the score itself, and its slope. Reading time and cost are
 * linear in the tokens, `1 / (1 + time)` and `-ln(1 + cost)` are convex and falling, so between the corners that
 * `sizeCorners` lists the score is convex and falling too. That is what lets a search skip whole ranges for certain.
 */
import { cost, healthSlowdown, patienceMs, timing } from '../../config/selection.ts';
import type { Weights } from '../../model/policy.ts';
import type { TaskFacts } from '../../model/task.ts';
import { expectedOf, inputTokenFactor } from '../expected.ts';
import type { Ranked } from '../ranked.ts';
import { calculateRouteScore } from '../score.ts';

const fullScale = Math.log1p(cost.maxUsd / cost.bendUsd);
/** After this many further tokens even a first token of no time at all takes the least that is ever expected. */
const shortestReading = Math.ceil(1 / timing.msPerInputToken);

export interface SizePoint {
  readonly score: number;
  /** Per token, of the piece that begins here; never positive. */
  readonly slope: number;
}

export function scoreAtSize(
  { route }: Ranked,
  tokens: number,
  { task, weights }: { readonly task: TaskFacts; readonly weights: Weights },
): SizePoint {
  const sized = { ...task, inputTokens: tokens };
  const expected = expectedOf(sized, route);
  const { score, parts } = calculateRouteScore({ task: sized, route, expected, weights });
  const factor = inputTokenFactor(route);
  const { timeFactor = 1, marginMs = 0 } = route.predicted ?? {};
  const reads = tokens * factor >= timing.usualInputTokens && expected.totalMs < timing.maxMs;
  const readingMs = reads ? healthSlowdown[route.health] * timing.msPerInputToken * factor * timeFactor : 0;
  // Part = 1 / (1 + time * tries / patience): tries come back out of part and time, so they need no second reckoning.
  const perMs =
    parts.performance > 0
      ? (1 / parts.performance - 1) / (expected.totalMs + marginMs)
      : 1 / patienceMs[task.kind];
  const performance = -(parts.performance ** 2) * perMs * readingMs;
  return {
    score,
    slope:
      weights.performance * performance +
      weights.resources * costSlope(route, sized, expected.costUsd, parts.resources),
  };
}

/** Of the resources part, per token. */
function costSlope(
  route: Ranked['route'],
  { inputTokens, outputTokens }: TaskFacts,
  costUsd: number | null,
  part: number,
): number {
  const { prices } = route;
  if (part <= 0 || (prices === null && part >= cost.unknownPriceCeiling)) return 0;
  const { inputPerMTok, outputPerMTok } = prices ?? cost.assumedPrices;
  const usd = costUsd ?? (inputTokens * inputPerMTok + outputTokens * outputPerMTok) / 1e6;
  const perTokenUsd =
    (Math.min(Math.max(0, inputPerMTok), 1e6) / 1e6) *
    (prices === null ? 1 : inputTokenFactor(route) * (route.predicted?.costFactor ?? 1));
  return -perTokenUsd / (cost.bendUsd + usd) / fullScale;
}

/** Sizes at which a score may have a corner that is not convex; between two of them it is convex and falling. */
export function sizeCorners(
  { outputTokens }: TaskFacts,
  routes: readonly Ranked['route'][],
): readonly number[] {
  const { inputPerMTok, outputPerMTok } = cost.assumedPrices;
  const ceilingUsd = cost.bendUsd * Math.expm1((1 - cost.unknownPriceCeiling) * fullScale);
  const ceiling = Math.floor((ceilingUsd * 1e6 - outputTokens * outputPerMTok) / inputPerMTok);
  const factors = [...new Set(routes.map((route) => inputTokenFactor(route)))];
  return [
    ceiling,
    ceiling + 1,
    ...factors.flatMap((factor) =>
      [timing.usualInputTokens, timing.usualInputTokens + shortestReading].flatMap((tokens) =>
        aroundCorner(tokens / factor),
      ),
    ),
  ];
}

/** A corner between two whole sizes, or on one: rounding must not put it inside a range. */
function aroundCorner(at: number): readonly number[] {
  return Number.isInteger(at) ? [at] : [Math.floor(at), Math.ceil(at), Math.ceil(at) + 1];
}

/** Whether two curves differ by a constant only: such routes never change places with the prompt's size. */
export function hasSameSizeCurve(a: Ranked, b: Ranked): boolean {
  return hasSameTimes(a, b) && hasSameCosts(a.route, b.route);
}

function hasSameTimes(a: Ranked, b: Ranked): boolean {
  const [one, other] = [a.route.performance, b.route.performance];
  return (
    a.route.health === b.route.health &&
    // A correction is of one size only: two routes that have any are looked at closely.
    a.route.predicted === undefined &&
    b.route.predicted === undefined &&
    a.candidate.expected.totalMs === b.candidate.expected.totalMs &&
    a.candidate.expected.firstTokenMs === b.candidate.expected.firstTokenMs &&
    a.candidate.parts.performance === b.candidate.parts.performance &&
    one.firstTokenMs === other.firstTokenMs &&
    one.tokensPerSecond === other.tokensPerSecond
  );
}

function hasSameCosts(a: Ranked['route'], b: Ranked['route']): boolean {
  return (
    inputTokenFactor(a) === inputTokenFactor(b) &&
    a.prices?.inputPerMTok === b.prices?.inputPerMTok &&
    a.prices?.outputPerMTok === b.prices?.outputPerMTok
  );
}
