import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryLayers, arbitraryRoutes, buildLayer } from '../../../../../test/support/engine-facts.ts';
import { objectiveWeights } from '../../config/selection.ts';
import { standingFilters } from '../filters/index.ts';
import { compileRoutePattern, foldRouteId, resolvePolicy, restrictionTexts, settingTexts } from './index.ts';

describe('route patterns', () => {
  const cases: readonly (readonly [pattern: string, routeId: string, matches: boolean])[] = [
    ['*', 'anything/at-all', true],
    ['*/*', 'anything/at-all', true],
    ['claude/*', 'claude/sonnet', true],
    ['claude/*', 'claude2/sonnet', false],
    ['claude', 'claude/sonnet', true],
    ['claude', 'claude2/sonnet', false],
    ['claude/sonnet', 'claude/sonnet', true],
    ['claude/sonnet', 'claude/sonnet-5', false],
    ['local/qwen*', 'local/qwen3:8b', true],
    ['local/qwen*', 'local/llama', false],
    ['*/qwen*', 'hub/qwen/qwen3', true],
    ['hub/*', 'hub/qwen/qwen3', true],
    ['*coder*', 'lab/deepseek-coder-v3', true],
    ['*-coder', 'lab/deepseek-coder-v3', false],
    ['a*b*c', 'a/bc', true],
    ['a*b*c', 'a/cb', false],
    // The same characters may not serve twice.
    ['aa*aa', 'aaa', false],
    ['ab*ba', 'aba', false],
    ['OpenAI/GPT*', 'openai/gpt-5', true],
    [' claude/* ', 'claude/sonnet', true],
    ['', 'claude/sonnet', false],
    ['a.c/*', 'abc/x', false],
    ['(a+)+/*', '(a+)+/x', true],
  ];
  it.each(cases)('%j against %s: %s', (pattern, routeId, matches) => {
    expect(compileRoutePattern(pattern)(foldRouteId(routeId))).toBe(matches);
  });

  it('agrees with the obvious regular expression', () => {
    const text = fc.stringMatching(/^[ab/*]{0,8}$/);
    const id = fc.stringMatching(/^[ab/]{1,10}$/);
    fc.assert(
      fc.property(text, id, (pattern, routeId) => {
        fc.pre(pattern.includes('*'));
        const expression = new RegExp(`^${pattern.split('*').map(escaped).join('[^]*')}$`);
        const expected = pattern === '*/*' || expression.test(routeId);
        expect(compileRoutePattern(pattern)(routeId)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  it('takes a hostile pattern and a long id in one pass', () => {
    const matches = compileRoutePattern(`${'*a'.repeat(5_000)}b`);
    const routeId = 'a'.repeat(50_000);
    const startedAt = performance.now();
    expect(matches(routeId)).toBe(false);
    // Backtracking would not end within the age of the universe.
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  function escaped(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  }
});

describe('resolvePolicy', () => {
  it('is balanced and allows everything when no layer speaks', () => {
    expect(resolvePolicy([])).toEqual({
      objective: 'balanced',
      weights: { capability: 0.4, performance: 0.3, resources: 0.2, history: 0.1 },
      preferenceSetting: null,
      allow: [],
      deny: [],
      localOnly: [],
      costCaps: [],
      qualityFloors: [],
    });
  });

  it('keeps every restriction with the setting that made it', () => {
    const policy = resolvePolicy([
      buildLayer('user', { allow: ['*'], maxCostPerTaskUsd: 0.5, deny: [] }),
      buildLayer('workspace', { deny: ['openai/*'], maxCostPerTaskUsd: 2 }, 'shop'),
      buildLayer('folder', { localOnly: true, allow: ['local/*'] }),
      buildLayer('task', { localOnly: false, maxCostPerTaskUsd: 0.1 }),
    ]);
    expect(policy.allow).toEqual([
      { value: ['*'], setting: 'config.jsonc: policy.allow' },
      { value: ['local/*'], setting: 'Folder "api": taskRouter.policy.allow' },
    ]);
    expect(policy.deny).toEqual([
      { value: ['openai/*'], setting: 'Workspace "shop": taskRouter.policy.deny' },
    ]);
    expect(policy.localOnly).toEqual([{ value: true, setting: 'Folder "api": taskRouter.policy.localOnly' }]);
    expect(policy.costCaps).toEqual([
      { value: 0.5, setting: 'config.jsonc: policy.maxCostPerTaskUsd' },
      { value: 2, setting: 'Workspace "shop": taskRouter.policy.maxCostPerTaskUsd' },
      { value: 0.1, setting: 'This task: maxCostPerTaskUsd' },
    ]);
  });

  it('names user settings that do not come from a file as the editor does', () => {
    const policy = resolvePolicy([buildLayer('user', { localOnly: true }, 'User settings')]);
    expect(policy.localOnly[0]?.setting).toBe('User settings: taskRouter.policy.localOnly');
  });

  it('cannot be loosened from below', () => {
    const policy = resolvePolicy([
      buildLayer('user', { localOnly: true, allow: ['local/*'], deny: ['local/big'] }),
      buildLayer('folder', { localOnly: false, allow: ['*'], deny: [], maxCostPerTaskUsd: 100 }),
    ]);
    expect(policy.localOnly).toHaveLength(1);
    expect(policy.allow.map(({ value }) => value)).toEqual([['local/*'], ['*']]);
    expect(policy.deny.map(({ value }) => value)).toEqual([['local/big']]);
  });

  it('an allow list without entries allows nothing', () => {
    const filters = standingFilters(resolvePolicy([buildLayer('folder', { allow: [] })]), noNeeds);
    expect(filters(ready).map(({ code }) => code)).toEqual(['policy.notAllowed']);
  });

  it('takes objective and weights from the nearest layer that names either', () => {
    const own = { capability: 0.7, performance: 0.1, resources: 0.1, history: 0.1 };
    const user = buildLayer('user', { objective: 'cost', weights: own });
    expect(resolvePolicy([user])).toMatchObject({
      objective: 'cost',
      weights: own,
      preferenceSetting: expect.stringMatching(/^config\.jsonc: policy\.weights = /) as string,
    });
    // Weights made for another objective do not outlive it.
    expect(resolvePolicy([user, buildLayer('folder', { objective: 'speed' })])).toMatchObject({
      objective: 'speed',
      weights: objectiveWeights.speed,
      preferenceSetting: 'Folder "api": taskRouter.policy.objective = "speed"',
    });
    expect(resolvePolicy([user, buildLayer('folder', { localOnly: true })]).weights).toEqual(own);
  });

  it('scales weights that do not add up to 1, and drops those that add up to nothing', () => {
    const weigh = (weights: object) =>
      resolvePolicy([buildLayer('user', { weights: weights as never })]).weights;
    expect(weigh({ capability: 2, performance: 1, resources: 1, history: 0 })).toEqual({
      capability: 0.5,
      performance: 0.25,
      resources: 0.25,
      history: 0,
    });
    expect(weigh({ capability: 0, performance: 0, resources: 0, history: 0 })).toEqual(
      objectiveWeights.balanced,
    );
    expect(weigh({ capability: Number.NaN, performance: 1, resources: 0, history: 0 })).toEqual({
      capability: 0,
      performance: 1,
      resources: 0,
      history: 0,
    });
  });

  it('keeps names of settings short whatever a folder is called', () => {
    const name = 'x'.repeat(10_000);
    const policy = resolvePolicy([
      buildLayer('folder', { deny: [name.slice(0, 500)], objective: 'cost' }, name),
    ]);
    const settings = restrictionTexts(policy);
    const texts = settingTexts(
      { policy, settings },
      policy.deny.map(({ setting }) => setting),
    );
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text.length).toBeLessThan(500);
  });

  it('every layer that is added only takes routes away', () => {
    fc.assert(
      fc.property(arbitraryRoutes, arbitraryLayers, arbitraryLayers, (routes, layers, more) => {
        const allowed = (count: typeof layers) => {
          const filters = standingFilters(resolvePolicy(count), noNeeds);
          return routes.filter((route) => filters(route).every(({ code }) => !code.startsWith('policy.')));
        };
        const wider = new Set(allowed(layers));
        for (const route of allowed([...layers, ...more])) expect(wider.has(route)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  const noNeeds = { tools: false, vision: false, structuredOutput: false, reasoning: false };
  const ready = {
    routeId: 'a/one',
    isLocal: true,
    access: 'ready' as const,
    capabilities: { tools: null, vision: null, structuredOutput: null, reasoning: null },
  };
});
