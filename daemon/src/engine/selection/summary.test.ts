import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arbitraryInput,
  buildInput,
  buildLayer,
  buildPerformance,
  buildRoute,
  buildTask,
} from '../../../../test/support/engine-facts.ts';
import type { RouteFacts } from '../model/route.ts';
import type { ScoreParts, SelectionInput } from '../model/selection.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';
import { wordDuration, wordTokens, wordUsd } from './words.ts';

const summary = (routes: readonly RouteFacts[], changes: Partial<SelectionInput> = {}) =>
  selectPrimaryRoute(buildInput({ routes, ...changes })).summary;
const one = buildRoute({ routeId: 'a/one' });

describe('summary', () => {
  it('names the part that contributes most to the lead, with both amounts', () => {
    expect(summary([one, { ...one, routeId: 'b/two', capabilityPrior: 0.5 }])).toBe(
      'a/one leads b/two by 0.080, mostly through capability (0.70 against 0.50).',
    );
    const slow = buildPerformance({ firstTokenMs: 5_000, tokensPerSecond: 20 });
    expect(summary([one, { ...one, routeId: 'b/two', performance: slow }])).toBe(
      'a/one leads b/two by 0.069, mostly through performance (about 11 s against 35 s).',
    );
    const dear = { inputPerMTok: 5, outputPerMTok: 20 };
    expect(summary([one, { ...one, routeId: 'b/two', prices: dear }])).toMatch(
      /^a\/one leads b\/two by 0\.0\d\d, mostly through resources \(\$0\.0039 against \$0\.0195\)\.$/,
    );
    expect(summary([one, { ...one, routeId: 'b/two', prices: null }])).toMatch(
      /mostly through resources \(\$0\.0039 against an unknown price\)\.$/,
    );
    // All weight on history, else the expected retries would show in performance first.
    const policy = [
      buildLayer('user', { weights: { capability: 0, performance: 0, resources: 0, history: 1 } }),
    ];
    const flaky = buildPerformance({ successes: 10, failures: 10 });
    expect(summary([one, { ...one, routeId: 'b/two', performance: flaky }], { policy })).toMatch(
      /mostly through history \(0\.\d\d against 0\.\d\d\)\.$/,
    );
  });

  it('says when a tier decided and not the score', () => {
    const demo = buildRoute({ routeId: 'demo/strong', isDemo: true, capabilityPrior: 1 });
    expect(summary([demo, one])).toBe(
      'a/one is the only real route that is eligible; demo routes such as demo/strong come after every real one.',
    );
    expect(summary([demo])).toBe('demo/strong is a demo route, and nothing real is eligible.');
    expect(summary([demo, { ...demo, routeId: 'demo/weak', capabilityPrior: 0.2 }])).toMatch(
      /^Only demo routes are eligible; demo\/strong leads demo\/weak by 0\.\d+, mostly through capability/,
    );
    const probed = buildRoute({ routeId: 'b/probed', capabilityPrior: 1, health: 'probing' });
    expect(summary([probed, one])).toBe(
      'a/one comes before b/probed, which has failed lately and is being probed.',
    );
    const behind = (health: RouteFacts['health']) =>
      summary([buildRoute({ routeId: 'b/good', capabilityPrior: 1, health, heldBack: true }), one]);
    expect(behind('healthy')).toBe('a/one comes before b/good, which has just failed.');
    expect(behind('recovering')).toMatch(
      /which has failed lately and gets its tasks back little by little\.$/,
    );
    const local = buildRoute({ routeId: 'l/small', isLocal: true, capabilityPrior: 0 });
    expect(summary([one, local], { policy: [buildLayer('user', { objective: 'local' })] })).toBe(
      'l/small runs on this machine, which the objective local puts before every other route; a/one is next.',
    );
  });

  it('says when there was nothing to compare', () => {
    expect(summary([one])).toBe('a/one is the only eligible route.');
    expect(summary([one, { ...one, routeId: 'b/two', access: 'keyMissing' }])).toBe(
      'a/one is the only eligible route (1 route rejected).',
    );
    expect(summary([one, { ...one, routeId: 'b/two' }], { task: buildTask({ pin: 'b/two' }) })).toBe(
      'b/two was asked for.',
    );
    expect(summary([])).toBe('No route is known yet.');
  });

  it('says when only the draw decided', () => {
    expect(summary([one, { ...one, routeId: 'b/two' }])).toMatch(
      /^(a\/one|b\/two) and (a\/one|b\/two) score the same, and the draw took \1\.$/,
    );
  });

  it('counts what stands in the way when nothing is eligible', () => {
    const routes = [
      { ...one, access: 'keyMissing' as const },
      { ...one, routeId: 'b/two', health: 'disabled' as const },
      { ...one, routeId: 'b/three', health: 'disabled' as const },
    ];
    expect(summary(routes)).toBe(
      'No route is eligible: of 3, 2 by health.disabled, 1 by access.keyMissing rejected.',
    );
  });

  it('is honest: the part it names leads, and no part leads by more', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const { summary: text, candidates, weights } = selectPrimaryRoute(input);
        const named = /mostly through (\w+)/.exec(text)?.[1] as keyof ScoreParts | undefined;
        fc.pre(named !== undefined);
        const [first, second] = candidates;
        if (first?.eligible !== true || second?.eligible !== true) throw new Error('a lead needs two');
        const gain = (part: keyof ScoreParts) => weights[part] * (first.parts[part] - second.parts[part]);
        expect(gain(named)).toBeGreaterThan(0);
        for (const part of ['capability', 'performance', 'resources', 'history'] as const) {
          expect(gain(part)).toBeLessThanOrEqual(gain(named));
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('is one sentence of bounded length', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const { summary: text } = selectPrimaryRoute(input);
        expect(text).toMatch(/^\S.*\.$/);
        expect(text.length).toBeLessThan(2_000);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('amounts in words', () => {
  it('are the same on every machine', () => {
    expect([0, 7, 999, 1_000, 40_000, 1_234_567].map(wordTokens)).toEqual([
      ...['0', '7', '999', '1,000', '40,000', '1,234,567'],
    ]);
    expect([0, 0.00002, 0.0031, 0.0449, 0.62, 12.5].map(wordUsd)).toEqual([
      ...['$0', 'under $0.0001', '$0.0031', '$0.0449', '$0.62', '$12.50'],
    ]);
    expect([40, 8_120, 42_400, 119_000, 210_000].map(wordDuration)).toEqual([
      ...['0.0 s', '8.1 s', '42 s', '119 s', '3.5 min'],
    ]);
  });
});
