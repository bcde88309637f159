/**
 * What a task would have come to on a route it was not sent to: the expectation of its decision, calibrated on the
 * outcomes of that route. Success is a Beta posterior per route and kind, held by the route's own over all kinds, and
 * that by what was expected. Cost and time are what was expected, times the route's ratio of actual to expected.
 */
import type { FigureName, LoggedChoice } from './logged-choice.ts';

export interface Prediction {
  readonly value: number;
  /** Predictions of one cell share their error. */
  readonly cell: string;
  /** Variance of what the cell shares, and what it is multiplied by here. */
  readonly variance: number;
  readonly scale: number;
}

export interface OutcomeModel {
  /** null: the decision did not consider the route, or nothing is known. */
  predict(choice: LoggedChoice, routeId: string): Prediction | null;
  /** Outcomes that the prediction rests on. */
  evidence(choice: LoggedChoice, routeId: string): number;
}

/** Outcomes' worth of belief in the wider group while the narrower one has few. */
const heldBy = 4;

interface Counts {
  n: number;
  sum: number;
}

export function fitSuccess(choices: readonly LoggedChoice[]): OutcomeModel {
  const cells = new Map<string, Counts>();
  const routes = new Map<string, Counts>();
  for (const { kind, routeId, outcome } of choices) {
    add(cells, cellOf(routeId, kind), outcome.success);
    add(routes, routeId, outcome.success);
  }
  return {
    predict(choice, routeId) {
      const expected = choice.expected(routeId);
      if (expected === null) return null;
      const cell = cellOf(routeId, choice.kind);
      const n = cells.get(cell)?.n ?? 0;
      const route = mean(routes.get(routeId), expected.success);
      const value = mean(cells.get(cell), route);
      return { value, cell, variance: (value * (1 - value)) / (heldBy + n + 1), scale: 1 };
    },
    evidence: (choice, routeId) => cells.get(cellOf(routeId, choice.kind))?.n ?? 0,
  };
}

interface Ratios {
  n: number;
  actual: number;
  expected: number;
  squares: number;
}

export function fitRatios(
  choices: readonly LoggedChoice[],
  name: Exclude<FigureName, 'success'>,
): OutcomeModel {
  const routes = new Map<string, Ratios>();
  for (const choice of choices) {
    const [actual, expected] = [choice.outcome[name], choice.expected(choice.routeId)?.[name] ?? null];
    if (actual === null || expected === null) continue;
    const seen = routes.get(choice.routeId) ?? { n: 0, actual: 0, expected: 0, squares: 0 };
    seen.n += 1;
    seen.actual += actual;
    seen.expected += expected;
    // Of the ratio estimator: scatter of actual around ratio * expected, gathered with the ratio 1 taken out below.
    seen.squares += (actual - expected) ** 2;
    routes.set(choice.routeId, seen);
  }
  return {
    predict(choice, routeId) {
      const expected = choice.expected(routeId)?.[name] ?? null;
      if (expected === null) return null;
      const { ratio, variance } = ratioOf(routes.get(routeId));
      return { value: expected * ratio, cell: routeId, variance, scale: expected };
    },
    evidence: (_, routeId) => routes.get(routeId)?.n ?? 0,
  };
}

/** Actual to expected, held by 1; with the variance of that ratio, generous where there is nothing to go by. */
function ratioOf(seen: Ratios | undefined): { readonly ratio: number; readonly variance: number } {
  if (seen === undefined || !(seen.expected > 0)) return { ratio: 1, variance: 0.25 };
  const meanExpected = seen.expected / seen.n;
  const ratio = (seen.actual + heldBy * meanExpected) / (seen.expected + heldBy * meanExpected);
  const off = (ratio - 1) * meanExpected;
  const scatter = Math.max(0, seen.squares / seen.n - off * off);
  return { ratio, variance: scatter / (meanExpected * meanExpected) / (seen.n + heldBy) };
}

function add(groups: Map<string, Counts>, key: string, value: number): void {
  const counts = groups.get(key) ?? { n: 0, sum: 0 };
  counts.n += 1;
  counts.sum += value;
  groups.set(key, counts);
}

function mean(counts: Counts | undefined, held: number): number {
  return ((counts?.sum ?? 0) + heldBy * held) / ((counts?.n ?? 0) + heldBy);
}

function cellOf(routeId: string, kind: string): string {
  return `${kind} ${routeId}`;
}
