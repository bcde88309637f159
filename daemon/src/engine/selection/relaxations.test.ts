import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arbitraryInput,
  buildInput,
  buildLayer,
  buildRoute,
  buildTask,
} from '../../../../test/support/engine-facts.ts';
import type { PolicyLayer } from '../model/policy.ts';
import type { RouteFacts } from '../model/route.ts';
import type { SelectionInput } from '../model/selection.ts';
import { relaxations } from './relaxations.ts';
import { selectPrimaryRoute } from './select-primary-route.ts';

const ways = (changes: Partial<SelectionInput>) => {
  const input = buildInput(changes);
  return relaxations(selectPrimaryRoute(input), input);
};
const route = (routeId: string, changes: Partial<RouteFacts> = {}) => buildRoute({ routeId, ...changes });

describe('relaxations', () => {
  it('are not asked for while a route is eligible', () => {
    expect(ways({ routes: [route('a/one'), route('b/two', { access: 'keyMissing' })] })).toEqual([]);
  });

  it('count the routes that one setting alone keeps out, nearest first', () => {
    const policy = [buildLayer('folder', { localOnly: true, deny: ['c/*'] })];
    const found = ways({
      policy,
      routes: [
        route('a/one'),
        route('b/two'),
        // Kept out twice: neither setting alone would help.
        route('c/three'),
        route('l/four', { isLocal: true, access: 'consentNeeded' }),
      ],
    });
    expect(found).toEqual([
      {
        code: 'access.consentNeeded',
        setting: null,
        routeIds: ['l/four'],
        distance: 0.1,
        suggestion: 'Confirm that l may be used.',
      },
      {
        code: 'policy.localOnly',
        setting: 'Folder "api": taskRouter.policy.localOnly',
        routeIds: ['a/one', 'b/two'],
        distance: 0.5,
        suggestion: 'Allow models that run elsewhere (Folder "api": taskRouter.policy.localOnly).',
      },
    ]);
  });

  it('a restriction that two layers make cannot be lifted by one of them', () => {
    const twice = [buildLayer('user', { localOnly: true }), buildLayer('folder', { localOnly: true })];
    expect(ways({ policy: twice, routes: [route('a/one')] })).toEqual([]);
  });

  it('measure amounts by how far they are exceeded', () => {
    const routes = [route('a/near', { contextWindow: 32_768 }), route('a/far', { contextWindow: 8_192 })];
    const [shorten] = ways({ routes, task: buildTask({ inputTokens: 39_000, outputTokens: 1_000 }) });
    expect(shorten).toMatchObject({
      code: 'capability.contextWindow',
      routeIds: ['a/near', 'a/far'],
      suggestion: 'Shorten the task by 7,232 tokens.',
    });
    expect(shorten?.distance).toBeCloseTo(7_232 / 32_768, 9);

    const [answer] = ways({
      routes: [route('a/one', { maxOutputTokens: 2_000 })],
      task: buildTask({ outputTokens: 3_000 }),
    });
    expect(answer).toMatchObject({
      distance: 0.5,
      suggestion: 'Ask for an answer shorter by 1,000 tokens.',
    });

    const [cap] = ways({
      routes: [route('a/one')],
      policy: [buildLayer('user', { maxCostPerTaskUsd: 0.0026 })],
    });
    expect(cap).toMatchObject({
      code: 'policy.costCap',
      suggestion: 'Raise the cost cap to $0.0039 (config.jsonc: policy.maxCostPerTaskUsd).',
    });
    expect(cap?.distance).toBeCloseTo(0.5, 6);
    const [floor] = ways({
      routes: [route('a/one', { capabilityPrior: 0.487 })],
      policy: [buildLayer('user', { minQuality: 0.6 })],
    });
    expect(floor).toMatchObject({
      code: 'policy.qualityFloor',
      suggestion: 'Lower the quality floor to 0.48 (config.jsonc: policy.minQuality).',
    });
    const [zero] = ways({ routes: [route('a/one')], task: buildTask({ maxCostUsd: 0 }) });
    expect(zero).toMatchObject({ setting: 'This task: maxCostUsd', distance: 100 });
  });

  it('have advice for every code without an amount', () => {
    const advice = (changes: Partial<RouteFacts>, task = buildTask(), policy: PolicyLayer[] = []) =>
      ways({ routes: [route('lab/coder', changes)], task, policy })[0]?.suggestion;
    const blind = { tools: null, vision: null, structuredOutput: null, reasoning: null };
    const needing = (need: keyof typeof blind) =>
      buildTask({
        needs: { tools: false, vision: false, structuredOutput: false, reasoning: false, [need]: true },
      });
    expect([
      advice({ load: { inFlight: 1, slots: 1 } }),
      advice({ health: 'ejected' }),
      advice({ health: 'draining' }),
      advice({ health: 'disabled' }),
      advice({ access: 'keyMissing' }),
      advice({ access: 'keyRejected' }),
      advice({ access: 'unreachable' }),
      advice({ access: 'otherWindow' }),
      advice({}, buildTask({ exclude: ['lab/coder'] })),
      advice({ capabilities: blind }, needing('tools')),
      advice({ capabilities: blind }, needing('vision')),
      advice({ capabilities: blind }, needing('structuredOutput')),
      advice({ capabilities: blind }, needing('reasoning')),
      advice({}, buildTask(), [buildLayer('user', { deny: ['*'] })]),
      advice({}, buildTask(), [buildLayer('user', { allow: [] })]),
    ]).toEqual([
      'Wait for a free slot on lab.',
      'Wait until lab/coder is back in rotation.',
      'Enable lab again.',
      'Enable lab again.',
      'Add a key for lab.',
      'Enter a valid key for lab.',
      'Start the server of lab.',
      'Ask from the window the model belongs to.',
      'Let this task use other routes.',
      'Ask without tool calls.',
      'Ask without images.',
      'Ask without structured output.',
      'Ask without reasoning.',
      'Take the route off the deny list (config.jsonc: policy.deny).',
      'Put the route on the allow list (config.jsonc: policy.allow).',
    ]);
  });

  it('come in order, and name each rejected route at most once', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const selection = selectPrimaryRoute(input);
        const found = relaxations(selection, input);
        if (selection.chosen !== null) expect(found).toEqual([]);
        const distances = found.map(({ distance }) => distance);
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
        const ids = found.flatMap(({ routeIds }) => routeIds);
        expect(new Set(ids).size).toBe(ids.length);
        for (const each of found) expect(each.suggestion).toMatch(/\.$/);
      }),
      { numRuns: 3_000 },
    );
  });

  it('are true: with the restrictions of that field lifted, their routes are eligible', () => {
    const fields = {
      'policy.localOnly': 'localOnly',
      'policy.denied': 'deny',
      'policy.notAllowed': 'allow',
    } as const;
    let checked = 0;
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        // A task that fits everywhere, so that "nothing eligible" is mostly the policy's doing.
        const easy = { ...input, task: buildTask({ inputTokens: 100, outputTokens: 100 }) };
        for (const { code, routeIds } of relaxations(selectPrimaryRoute(easy), easy)) {
          if (!(code in fields)) continue;
          const field = fields[code as keyof typeof fields];
          const lifted = easy.policy.map((layer) => ({
            ...layer,
            policy: { ...layer.policy, [field]: undefined },
          }));
          const { ranked } = selectPrimaryRoute({ ...easy, policy: lifted });
          expect(ranked).toEqual(expect.arrayContaining([...routeIds]));
          checked += 1;
        }
      }),
      { numRuns: 5_000 },
    );
    expect(checked).toBeGreaterThan(50);
  });
});
