import { describe, expect, it } from 'vitest';
import {
  buildInput,
  buildLayer,
  buildPerformance,
  buildRoute,
  buildTask,
} from '../../../../test/support/engine-facts.ts';
import type { RouteFacts } from '../model/route.ts';
import type { SelectionInput } from '../model/selection.ts';
import { flipPoints, withFlip } from './flip-points.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

const flipsOf = (input: SelectionInput) => flipPoints(input, selectPrimaryRoute(input));

describe('flipPoints', () => {
  const dear = buildRoute({
    routeId: 'cloud/strong',
    capabilityPrior: 0.9,
    prices: { inputPerMTok: 3, outputPerMTok: 15 },
  });
  const cheap = buildRoute({
    routeId: 'cloud/cheap',
    capabilityPrior: 0.8,
    prices: { inputPerMTok: 1, outputPerMTok: 4 },
  });
  const local = buildRoute({
    routeId: 'local/small',
    isLocal: true,
    capabilityPrior: 0.5,
    prices: { inputPerMTok: 0, outputPerMTok: 0 },
    performance: buildPerformance({ speedPrior: { firstTokenMs: 300, tokensPerSecond: 80 } }),
    contextWindow: 8_192,
  });
  const input = buildInput({ routes: [dear, cheap, local] });

  it('tells each change in one sentence, nearest first', () => {
    const flips = flipsOf(input);
    expect(selectPrimaryRoute(input).ranked).toMatchInlineSnapshot(`
      [
        "cloud/strong",
        "cloud/cheap",
        "local/small",
      ]
    `);
    expect(flips.map(({ sentence }) => sentence)).toMatchInlineSnapshot(`
      [
        "cloud/cheap would be chosen if it did this kind of task well with a chance of at least 0.822 (now 0.8).",
        "cloud/cheap would be chosen if cloud/strong did this kind of task well with a chance of at most 0.878 (now 0.9).",
        "cloud/cheap would be chosen if the weight of resources were at least 0.242 (now 0.2).",
        "cloud/cheap would be chosen if the weight of capability were at most 0.343 (now 0.4).",
        "local/small would be chosen if the weight of capability were at most 0.28 (now 0.4).",
        "cloud/cheap would be chosen if it wrote at least 68.3 tokens a second (now 60 tokens).",
        "cloud/cheap would be chosen if cloud/strong wrote at most 52.6 tokens a second (now 60 tokens).",
        "local/small would be chosen if the weight of resources were at least 0.343 (now 0.2).",
        "local/small would be chosen if it did this kind of task well with a chance of at least 0.647 (now 0.5).",
        "cloud/cheap would be chosen if cloud/strong cost at least $0.0186 (now $0.0135).",
        "local/small would be chosen if the weight of performance were at least 0.596 (now 0.3).",
        "cloud/cheap would be chosen if it cost at most $0.00264 (now $0.0039).",
        "local/small would be chosen if it wrote at least 190 tokens a second (now 80 tokens).",
        "cloud/cheap would be chosen if cloud/strong took at least 2.19 s to the first token of a usual prompt (now 0.8 s).",
        "local/small would be chosen if the weight of history were 1 (now 0.1).",
      ]
    `);
    expect(flips.map(({ distance }) => distance)).toEqual(
      flips.map(({ distance }) => distance).sort((a, b) => a - b),
    );
  });

  it('knows the size from which a window is too small, to the token', () => {
    const wide = { ...cheap, capabilityPrior: 0.1 };
    const flips = flipsOf(buildInput({ routes: [local, wide] }));
    expect(flips).toContainEqual(
      expect.objectContaining({ factor: 'promptTokens', to: 8_192 - 600 + 1, becomes: 'cloud/cheap' }),
    );
  });

  it('inverts the price by hand: resources = 1 - ln(1 + cost / 0.001) / ln(1001)', () => {
    const [first, second] = [cheap, { ...cheap, routeId: 'cloud/other', capabilityPrior: 0.7 }];
    const flip = flipsOf(buildInput({ routes: [first, second] })).find(
      ({ factor, of }) => factor === 'price' && of === 'cloud/cheap',
    );
    // Capability is 0.1 ahead at a weight of 0.4, so resources may fall behind by 0.2 at a weight of 0.2.
    const costUsd = (1_500 * 1 + 600 * 4) / 1e6;
    const expected = 0.001 * ((1 + costUsd / 0.001) * 1001 ** 0.2 - 1);
    expect(flip?.from).toBe(costUsd);
    expect(flip?.to).toBeCloseTo(expected, 12);
  });

  it('finds a cost cap that lies nearer than the score', () => {
    const capped = buildInput({
      routes: [cheap, { ...cheap, routeId: 'cloud/other', capabilityPrior: 0.7 }],
      policy: [buildLayer('user', { maxCostPerTaskUsd: 0.004 })],
    });
    const flip = flipsOf(capped).find(({ factor, of }) => factor === 'price' && of === 'cloud/cheap');
    expect(flip?.to).toBeGreaterThan(0.004);
    expect(flip?.to).toBeLessThan(0.004 + 1e-15);
  });

  it('finds that a route holds the gate shut for one that would come first', () => {
    const [proven, failing] = [
      buildPerformance({ successes: 50 }),
      buildPerformance({ successes: 1, failures: 3 }),
    ];
    const [first, keeper, gated] = [
      buildRoute({ routeId: 'a/first', capabilityPrior: 0.7 }),
      buildRoute({ routeId: 'a/keeper', quality: { alpha: 2, beta: 2 }, performance: proven }),
      buildRoute({ routeId: 'a/gated', quality: { alpha: 3, beta: 1 }, performance: failing }),
    ];
    const floored = buildInput({
      routes: [first, keeper, gated],
      policy: [buildLayer('user', { objective: 'quality', minQuality: 0.3 })],
    });
    expect(selectPrimaryRoute(floored).ranked).toEqual(['a/first', 'a/keeper', 'a/gated']);
    expect(flipsOf(floored).map(({ sentence }) => sentence)).toContain(
      'a/gated would be chosen if a/keeper did this kind of task well with a chance of at most 0.299 (now 0.5).',
    );
  });

  it('has nothing to say where no value flips', () => {
    expect(flipsOf(buildInput({ routes: [dear] }))).toEqual([]);
    expect(flipsOf(buildInput({ routes: [] }))).toEqual([]);
    expect(flipsOf(buildInput({ routes: [dear, local], task: buildTask({ pin: 'cloud/strong' }) }))).toEqual(
      [],
    );
    // A tier stands above every score.
    const demo: RouteFacts = { ...dear, routeId: 'demo/strong', isDemo: true };
    expect(flipsOf(buildInput({ routes: [local, demo] })).map(({ factor }) => factor)).toEqual([
      'promptTokens',
    ]);
  });

  it('says where it is sure between two routes whose scores hardly cross', () => {
    const twin = { ...dear, routeId: 'cloud/twin', capabilityPrior: 0.9 - 1e-8 };
    const prices = { inputPerMTok: 3 * (1 - 1e-7), outputPerMTok: 15 * (1 - 1e-7) };
    const routes = [dear, { ...twin, prices }];
    // The lead turns so slowly that rounding decides for a whole stretch around the crossing.
    const close = buildInput({ routes, policy: [buildLayer('user', { objective: 'quality' })] });
    const selection = selectPrimaryRoute(close);
    const flip = flipPoints(close, selection).find(({ factor }) => factor === 'weight.capability')!;
    const chosenAt = (to: number) => selectPrimaryRoute(withFlip(close, { ...flip, to }, selection)).chosen;
    expect([chosenAt(flip.to), chosenAt(flip.before)]).toEqual([flip.becomes, selection.chosen]);
    expect(Math.abs(flip.to - flip.before)).toBeGreaterThan(1e-9);
    expect(Math.abs(flip.to - flip.before)).toBeLessThan(1e-5);
  });

  it('says nothing of a choice that exploration made', () => {
    const twins = [0, 1].map((index) =>
      buildRoute({ routeId: `a/m${index}`, quality: { alpha: 3, beta: 2 }, capabilityPrior: 0.6 }),
    );
    const drawn = Array.from({ length: 50 }, (_, seed) =>
      buildInput({ routes: twins, seed, exploration: { share: 1, extraCostLeftUsd: 1 } }),
    ).map((each) => [each, selectPrimaryRoute(each)] as const);
    const explored = drawn.find(([, selection]) => selection.exploration?.explored)!;
    const taken = drawn.find(([, selection]) => selection.exploration?.explored === false)!;
    expect(flipPoints(...explored)).toEqual([]);
    expect(flipPoints(...taken)).not.toEqual([]);
  });
});
