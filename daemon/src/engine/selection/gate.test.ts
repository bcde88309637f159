import { describe, expect, it } from 'vitest';
import { buildInput, buildPerformance, buildRoute } from '../../../../test/support/engine-facts.ts';
import type { RouteFacts } from '../model/route.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

/** The design's own example: without a gate the route that fails six calls in ten wins. */
const broken = buildRoute({
  routeId: 'a/broken',
  quality: { alpha: 90, beta: 10 },
  performance: buildPerformance({
    successes: 40,
    failures: 60,
    speedPrior: { firstTokenMs: 1, tokensPerSecond: 1e6 },
  }),
});
const sound = buildRoute({
  routeId: 'b/sound',
  quality: { alpha: 70, beta: 30 },
  performance: buildPerformance({
    successes: 98,
    failures: 2,
    speedPrior: { firstTokenMs: 1, tokensPerSecond: 1e6 },
  }),
});
const select = (routes: readonly RouteFacts[]) => selectPrimaryRoute(buildInput({ routes }));
const gates = (routes: readonly RouteFacts[]) =>
  Object.fromEntries(
    select(routes).candidates.map((each) => [
      each.routeId,
      each.eligible ? (each.gate?.passed ?? null) : null,
    ]),
  );

describe('the success gate', () => {
  it('puts a route that fails too often behind a sound one, whatever its score, and says so', () => {
    const selection = select([broken, sound]);
    const [first, second] = selection.candidates;
    expect(selection.ranked).toEqual(['b/sound', 'a/broken']);
    expect(first?.eligible && second?.eligible && second.score > first.score).toBe(true);
    expect(second).toMatchObject({ gate: { passed: false } });
    expect(selection.summary).toMatch(
      /^b\/sound comes before a\/broken, which fails too often: 0\.\d\d of its calls/,
    );
  });

  it('asks three quarters of the best bound', () => {
    const [first, second] = select([broken, sound]).candidates;
    if (!first?.eligible || !second?.eligible) throw new Error('both are eligible');
    expect(second.gate?.floor).toBe(0.75 * first.parts.history);
    expect(second.gate?.bound).toBe(second.parts.history);
  });

  it('shuts nothing out: a gated route is still in the plan, and alone it passes', () => {
    expect(gates([broken])).toEqual({ 'a/broken': true });
    expect(select([broken, { ...sound, access: 'unreachable' }]).chosen).toBe('a/broken');
  });

  it('lets a route without any calls through', () => {
    const fresh = buildRoute({ routeId: 'c/new', quality: { alpha: 2, beta: 2 } });
    const proven = { ...sound, performance: buildPerformance({ successes: 500, failures: 0 }) };
    expect(gates([fresh, proven])).toEqual({ 'c/new': true, 'b/sound': true });
  });

  it('is held within a tier: a demo route raises no bar', () => {
    const demo = { ...sound, routeId: 'demo/x', isDemo: true };
    expect(gates([broken, demo])).toEqual({ 'a/broken': true, 'demo/x': true });
  });

  it('is not held where there is no posterior', () => {
    const prior = ({ quality: _, ...route }: RouteFacts): RouteFacts => ({ ...route, capabilityPrior: 0.9 });
    expect(gates([prior(broken), prior(sound)])).toEqual({ 'a/broken': null, 'b/sound': null });
  });
});
