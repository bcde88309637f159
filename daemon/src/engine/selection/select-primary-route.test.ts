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
import { expectNoReversal, expectNoUpset } from '../../../../test/support/rank-properties.ts';
import type { RouteFacts } from '../model/route.ts';
import type { SelectionInput } from '../model/selection.ts';
import { prepareCandidates } from './prepare.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

const strong = buildRoute({
  routeId: 'cloud/strong',
  capabilityPrior: 0.9,
  prices: { inputPerMTok: 3, outputPerMTok: 15 },
});
const weak = buildRoute({ routeId: 'cloud/weak', capabilityPrior: 0.4 });
const local = buildRoute({
  routeId: 'local/small',
  isLocal: true,
  capabilityPrior: 0.35,
  prices: { inputPerMTok: 0, outputPerMTok: 0 },
});
const demo = buildRoute({ routeId: 'demo/strong', isDemo: true, isLocal: true, capabilityPrior: 1 });
const select = (routes: readonly RouteFacts[], changes: Partial<SelectionInput> = {}) =>
  selectPrimaryRoute(buildInput({ routes, ...changes }));

describe('selectPrimaryRoute', () => {
  it('ranks eligible routes best first and lists the rejected ones after them, in input order', () => {
    const gone = buildRoute({ routeId: 'x/gone', access: 'unreachable' });
    const off = buildRoute({ routeId: 'a/off', health: 'disabled' });
    const selection = select([gone, weak, off, strong]);
    expect(selection.ranked).toEqual(['cloud/strong', 'cloud/weak']);
    expect(selection.chosen).toBe('cloud/strong');
    expect(selection.candidates.map(({ routeId, eligible }) => [routeId, eligible])).toEqual([
      ['cloud/strong', true],
      ['cloud/weak', true],
      ['x/gone', false],
      ['a/off', false],
    ]);
  });

  it('gives what it expects of each eligible route, with an unknown cost as unknown', () => {
    const route = buildRoute({
      routeId: 'a/one',
      prices: null,
      performance: buildPerformance({ firstTokenMs: 1_000, tokensPerSecond: 100 }),
    });
    const [candidate] = select([route]).candidates;
    expect(candidate).toMatchObject({ expected: { firstTokenMs: 1_000, totalMs: 7_000, costUsd: null } });
  });

  it('follows the objective', () => {
    const cheap = buildRoute({
      routeId: 'a/cheap',
      capabilityPrior: 0.6,
      prices: { inputPerMTok: 0.1, outputPerMTok: 0.4 },
    });
    const fast = buildRoute({
      routeId: 'a/fast',
      capabilityPrior: 0.6,
      prices: { inputPerMTok: 5, outputPerMTok: 20 },
      performance: buildPerformance({ firstTokenMs: 200, tokensPerSecond: 500 }),
    });
    const best = buildRoute({
      routeId: 'a/best',
      capabilityPrior: 0.95,
      prices: { inputPerMTok: 5, outputPerMTok: 25 },
      performance: buildPerformance({ firstTokenMs: 3_000, tokensPerSecond: 40 }),
    });
    const chosen = (objective: 'quality' | 'cost' | 'speed') =>
      select([cheap, fast, best], { policy: [buildLayer('user', { objective })] }).chosen;
    expect([chosen('quality'), chosen('cost'), chosen('speed')]).toEqual(['a/best', 'a/cheap', 'a/fast']);
  });

  it('objective local goes elsewhere only when nothing local is eligible', () => {
    const policy = [buildLayer('user', { objective: 'local' })];
    expect(select([strong, local], { policy }).ranked).toEqual(['local/small', 'cloud/strong']);
    expect(select([strong, { ...local, access: 'unreachable' }], { policy }).chosen).toBe('cloud/strong');
  });

  it('a demo route is chosen only when nothing real is eligible', () => {
    expect(select([demo, weak]).ranked).toEqual(['cloud/weak', 'demo/strong']);
    const policy = [buildLayer('user', { objective: 'local' })];
    expect(select([demo, weak], { policy }).ranked).toEqual(['cloud/weak', 'demo/strong']);
    expect(select([demo, { ...weak, access: 'keyMissing' }]).chosen).toBe('demo/strong');
  });

  it('a route that is being probed comes after every other real one, and before demo routes', () => {
    const probed = { ...strong, health: 'probing' as const };
    expect(select([probed, demo, weak]).ranked).toEqual(['cloud/weak', 'cloud/strong', 'demo/strong']);
    expect(select([probed]).chosen).toBe('cloud/strong');
  });

  it('poor health costs a route its place, not its capability', () => {
    const twin = buildRoute({ ...strong, routeId: 'cloud/twin', health: 'degraded' });
    const selection = select([twin, strong]);
    expect(selection.ranked).toEqual(['cloud/strong', 'cloud/twin']);
    const capabilities = selection.candidates.map((each) => (each.eligible ? each.parts.capability : null));
    expect(capabilities).toEqual([0.9, 0.9]);
  });

  it('obeys a pin and exclusions', () => {
    expect(select([strong, weak], { task: buildTask({ pin: 'cloud/weak' }) }).ranked).toEqual(['cloud/weak']);
    expect(select([strong, weak], { task: buildTask({ exclude: ['cloud/strong'] }) }).chosen).toBe(
      'cloud/weak',
    );
    const pinnedAndDenied = select([strong, weak], {
      task: buildTask({ pin: 'cloud/weak' }),
      policy: [buildLayer('folder', { deny: ['cloud/weak'] })],
    });
    expect(pinnedAndDenied.chosen).toBeNull();
  });

  it('names the settings that shaped the choice', () => {
    const policy = [
      buildLayer('user', { objective: 'quality', maxCostPerTaskUsd: 100 }),
      buildLayer('folder', { localOnly: true }),
    ];
    const selection = select([strong, local], { policy });
    expect(selection.chosen).toBe('local/small');
    // The cost cap kept nobody out, so it did not shape anything.
    expect(selection.settings).toEqual([
      'config.jsonc: policy.objective = "quality"',
      'Folder "api": taskRouter.policy.localOnly = true',
    ]);
  });

  it('two folders of one window route the same task differently', () => {
    const inFolder = (localOnly: boolean) =>
      select([strong, local], { policy: [buildLayer('folder', { localOnly })] });
    expect([inFolder(false).chosen, inFolder(true).chosen]).toEqual(['cloud/strong', 'local/small']);
    const rejected = inFolder(true).candidates.find(({ eligible }) => !eligible);
    expect(rejected).toMatchObject({
      rejection: { code: 'policy.localOnly', setting: 'Folder "api": taskRouter.policy.localOnly' },
    });
  });

  it('is data that survives JSON unchanged', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const selection = selectPrimaryRoute(input);
        expect(JSON.parse(JSON.stringify(selection))).toEqual(selection);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('last resort', () => {
  const broken = { health: 'ejected', lastResort: true } as const;

  it('tries a route that is out for failures when nothing else is eligible', () => {
    const selection = select([
      { ...strong, ...broken },
      { ...weak, access: 'unreachable' },
    ]);
    expect(selection.chosen).toBe('cloud/strong');
    expect(selection.summary).toBe(
      'cloud/strong is out of rotation and tried as a last resort, because nothing else is eligible.',
    );
  });

  it('never before an eligible route, even a demo route', () => {
    expect(select([{ ...strong, ...broken }, weak]).ranked).toEqual(['cloud/weak']);
    expect(select([{ ...strong, ...broken }, demo]).ranked).toEqual(['demo/strong']);
  });

  it('never past another objection, and never during a cool-down that a provider asked for', () => {
    const policy = [buildLayer('folder', { localOnly: true })];
    expect(select([{ ...strong, ...broken }], { policy }).chosen).toBeNull();
    expect(select([{ ...strong, ...broken, load: { inFlight: 4, slots: 4 } }]).chosen).toBeNull();
    expect(select([{ ...strong, health: 'ejected', lastResort: false }]).chosen).toBeNull();
  });
});

describe('ties', () => {
  const twins = ['a/x', 'b/x', 'c/x', 'd/x'].map((routeId) => buildRoute({ routeId, capabilityPrior: 0.6 }));

  it('are broken by the seed, each way about as often', () => {
    const wins = new Map<string | null, number>();
    for (let seed = 0; seed < 2_000; seed += 1) {
      const { chosen } = select(twins, { seed });
      wins.set(chosen, (wins.get(chosen) ?? 0) + 1);
    }
    expect([...wins.keys()].sort()).toEqual(['a/x', 'b/x', 'c/x', 'd/x']);
    for (const count of wins.values()) expect(Math.abs(count - 500)).toBeLessThan(120);
  });

  it('are not reshuffled by a third route or by the order of input', () => {
    const [first, second, ...others] = twins as [RouteFacts, RouteFacts, ...RouteFacts[]];
    for (let seed = 0; seed < 200; seed += 1) {
      const { chosen } = select([first, second], { seed });
      expect(select([second, first], { seed }).chosen).toBe(chosen);
      const order = select([...others, second, first], { seed }).ranked.filter(
        (id) => id === first.routeId || id === second.routeId,
      );
      expect(order[0]).toBe(chosen);
    }
  });
});

describe('properties', () => {
  it('same input, same selection, bit for bit, also after a round trip through JSON', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const bits = JSON.stringify(selectPrimaryRoute(input));
        expect(JSON.stringify(selectPrimaryRoute(input))).toBe(bits);
        const stored = JSON.parse(JSON.stringify(input)) as SelectionInput;
        expect(JSON.stringify(selectPrimaryRoute(stored))).toBe(bits);
      }),
      { numRuns: 2_000 },
    );
  });

  it('prepared candidates change nothing, not even those made for something else', () => {
    fc.assert(
      fc.property(arbitraryInput, arbitraryInput, (input, other) => {
        const plain = selectPrimaryRoute(input);
        const own = prepareCandidates(input.task, input.routes, input.policy);
        expect(selectPrimaryRoute(input, own)).toEqual(plain);
        const foreign = prepareCandidates(other.task, other.routes, other.policy);
        expect(selectPrimaryRoute(input, foreign)).toEqual(plain);
        const mixed = [
          prepareCandidates(other.task, input.routes, input.policy),
          prepareCandidates(input.task, other.routes, input.policy),
          prepareCandidates(input.task, input.routes, other.policy),
        ];
        for (const prepared of mixed) expect(selectPrimaryRoute(input, prepared)).toEqual(plain);
      }),
      { numRuns: 1_500 },
    );
  });

  it('every route is accounted for once, and every rejection has a code and a reason', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const { candidates, ranked, chosen } = selectPrimaryRoute(input);
        const ids = candidates.map(({ routeId }) => routeId);
        expect([...ids].sort()).toEqual(input.routes.map(({ routeId }) => routeId).sort());
        expect(candidates.filter(({ eligible }) => eligible).map(({ routeId }) => routeId)).toEqual(ranked);
        expect(chosen).toBe(ranked[0] ?? null);
        for (const candidate of candidates) {
          if (candidate.eligible) continue;
          expect(candidate.rejection.code).toMatch(
            /^(policy|access|capability|health|resources|task)\.[a-zA-Z]+$/,
          );
          expect(candidate.rejection.reason).not.toBe('');
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('never ranks a route that a restriction forbids', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const localOnly = input.policy.some(({ policy }) => policy.localOnly === true);
        const byId = new Map(input.routes.map((route) => [route.routeId, route]));
        for (const routeId of selectPrimaryRoute(input).ranked) {
          const route = byId.get(routeId)!;
          expect(route.access).toBe('ready');
          expect(localOnly && !route.isLocal).toBe(false);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('adding a dominated route never changes the winner', () => expectNoUpset(1_000));

  it('adding any route at all never reverses the order of the others', () => expectNoReversal(1_000));

  it('improving one fact of a route never lowers its rank', () => {
    const improve = fc.constantFrom<(route: RouteFacts) => RouteFacts>(
      (route) => ({ ...route, capabilityPrior: Math.min(1, route.capabilityPrior + 0.2) }),
      (route) => ({ ...route, prices: { inputPerMTok: 0, outputPerMTok: 0 } }),
      (route) => ({
        ...route,
        performance: { ...route.performance, successes: route.performance.successes + 50 },
      }),
      (route) => ({ ...route, performance: { ...route.performance, failures: 0 } }),
      (route) => ({ ...route, health: 'healthy' }),
      (route) => ({ ...route, load: { inFlight: 0, slots: null } }),
      (route) => ({ ...route, contextWindow: 2_000_000, maxOutputTokens: null }),
    );
    fc.assert(
      fc.property(arbitraryInput, fc.nat(), improve, (input, pick, better) => {
        const { ranked } = selectPrimaryRoute(input);
        fc.pre(ranked.length > 0);
        const before = pick % ranked.length;
        const routeId = ranked[before]!;
        const routes = input.routes.map((route) => (route.routeId === routeId ? better(route) : route));
        const after = selectPrimaryRoute({ ...input, routes }).ranked.indexOf(routeId);
        expect(after).toBeGreaterThanOrEqual(0);
        expect(after).toBeLessThanOrEqual(before);
      }),
      { numRuns: 4_000 },
    );
  });

  /** Not better in any fact, and worse in one. */
});
