/**
 * A short run of the balancing simulation against the committed baseline: the same code gives the same figures to the last
 * digit. A change of the engine that moves them is seen here, and `npm run simulate -- balancing` tells whether the bars
 * still hold.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { standingOf } from '../simulation/balancing/bars.ts';
import { compare, type Scene } from '../simulation/balancing/comparison.ts';
import { slowing, wrongCoefficients } from '../simulation/balancing/robustness.ts';

const baseline = JSON.parse(
  readFileSync(new URL('../simulation/balancing/baseline.json', import.meta.url), 'utf8'),
) as unknown;
const sizes = { seeds: 2, sessions: 120, calls: 2_000 };

describe('balancing on real traces', () => {
  const scenes = compare(sizes);

  it('gives the figures of the baseline', () => {
    expect(figures(scenes)).toEqual(baseline);
  });

  it('gives the same figures again', () => {
    const smaller = { seeds: 1, sessions: 20, calls: 200 };
    expect(compare(smaller)).toEqual(compare(smaller));
  });

  it('finishes sooner than every peer on coding sessions, and is nowhere far behind', () => {
    for (const scene of scenes) {
      const { p95AtAnyCost, mean, p99 } = standingOf(scene);
      const isCoding = scene.load !== null;
      expect([scene.trace, Math.max(p95AtAnyCost, mean) <= (isCoding ? 0.95 : 1.05)]).toEqual([
        scene.trace,
        true,
      ]);
      expect([scene.trace, p99 <= 1.05]).toEqual([scene.trace, true]);
    }
  });

  it('stands wrong coefficients, and a route that slows and recovers', () => {
    expect(wrongCoefficients(sizes)).toBeLessThan(1.05);
    const { callsToLose, secondsToRegain } = slowing(sizes);
    expect(Math.max(...callsToLose)).toBeLessThanOrEqual(8);
    expect(Math.max(...secondsToRegain)).toBeLessThanOrEqual(300);
  });
});

function figures(scenes: readonly Scene[]): Record<string, Record<string, number[]>> {
  return Object.fromEntries(
    scenes.map(({ trace, load, rows }) => [
      `${trace} ${load ?? 'as recorded'}`,
      Object.fromEntries(
        rows.map(({ policy, meanS, p95S, p99S, cost }) => [policy, [meanS, p95S, p99S, cost].map(round)]),
      ),
    ]),
  );
}

/** Four figures: enough to see a change, and not the last bits of a sum. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
