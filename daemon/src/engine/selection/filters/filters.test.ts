import { describe, expect, it } from 'vitest';
import { buildInput, buildLayer, buildRoute, buildTask } from '../../../../../test/support/engine-facts.ts';
import type { PolicyLayer } from '../../model/policy.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { RejectionCode } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';
import { selectPrimaryRoute } from '../select-primary-route.ts';

interface Case {
  readonly route?: Partial<RouteFacts>;
  readonly task?: Partial<TaskFacts>;
  readonly policy?: readonly PolicyLayer[];
}

/** The first rejection of one route, as the card shows it: `code: reason [setting]`; null when eligible. */
function rejectionOf({ route = {}, task = {}, policy = [] }: Case): string | null {
  const selection = selectPrimaryRoute(
    buildInput({ task: buildTask(task), routes: [buildRoute({ routeId: 'lab/coder', ...route })], policy }),
  );
  const [candidate] = selection.candidates;
  if (candidate?.eligible !== false) return null;
  const { code, reason, setting } = candidate.rejection;
  return setting === null ? `${code}: ${reason}` : `${code}: ${reason} [${setting}]`;
}

const folder = (policy: PolicyLayer['policy']) => [buildLayer('folder', policy)];
const unknownCapabilities = { tools: null, vision: null, structuredOutput: null, reasoning: null };
const noCapabilities = { tools: false, vision: false, structuredOutput: false, reasoning: false };
const need = (name: keyof TaskFacts['needs']) => ({ needs: { ...noCapabilities, [name]: true } });

describe('hard filters', () => {
  it('keep an ordinary route', () => {
    expect(rejectionOf({})).toBeNull();
  });

  const cases: Record<RejectionCode, readonly (readonly [Case, string])[]> = {
    'policy.denied': [
      [
        { policy: folder({ deny: ['x/*', 'lab/*'] }) },
        'policy.denied: denied by "lab/*" [Folder "api": taskRouter.policy.deny]',
      ],
    ],
    'policy.notAllowed': [
      [
        { policy: [buildLayer('user', { allow: ['local/*'] })] },
        'policy.notAllowed: not on the list of allowed routes [config.jsonc: policy.allow]',
      ],
    ],
    'policy.localOnly': [
      [
        { policy: folder({ localOnly: true }) },
        'policy.localOnly: runs elsewhere, and only models on this machine are allowed [Folder "api": taskRouter.policy.localOnly]',
      ],
    ],
    'policy.costCap': [
      [
        {
          route: { prices: { inputPerMTok: 15, outputPerMTok: 75 } },
          task: { inputTokens: 40_000, outputTokens: 1_000 },
          policy: folder({ maxCostPerTaskUsd: 0.5 }),
        },
        'policy.costCap: expected to cost $0.68, the cap is $0.50 [Folder "api": taskRouter.policy.maxCostPerTaskUsd]',
      ],
      [
        { task: { maxCostUsd: 0.001 } },
        'policy.costCap: expected to cost $0.0039, the cap is $0.0010 [This task: maxCostUsd]',
      ],
      [
        { route: { prices: null }, task: { maxCostUsd: 0 } },
        'policy.costCap: its price is unknown; at an assumed one the task costs $0.0225, the cap is $0 [This task: maxCostUsd]',
      ],
    ],
    'policy.qualityFloor': [
      [
        { route: { capabilityPrior: 0.48 }, policy: folder({ minQuality: 0.6 }) },
        'policy.qualityFloor: expected to do this kind of task well with a chance of 0.48, the floor is 0.60 [Folder "api": taskRouter.policy.minQuality]',
      ],
      // The highest floor decides, whichever level it comes from.
      [
        {
          route: { capabilityPrior: 0.7 },
          policy: [buildLayer('user', { minQuality: 0.8 }), buildLayer('folder', { minQuality: 0.6 })],
        },
        'policy.qualityFloor: expected to do this kind of task well with a chance of 0.70, the floor is 0.80 [config.jsonc: policy.minQuality]',
      ],
    ],
    'access.keyMissing': [[{ route: { access: 'keyMissing' } }, 'access.keyMissing: has no key yet']],
    'access.keyRejected': [
      [{ route: { access: 'keyRejected' } }, 'access.keyRejected: its provider refuses the key'],
    ],
    'access.consentNeeded': [
      [
        { route: { access: 'consentNeeded' } },
        'access.consentNeeded: was found, and waits for your confirmation that it may be used',
      ],
    ],
    'access.otherWindow': [
      [{ route: { access: 'otherWindow' } }, 'access.otherWindow: belongs to another editor window'],
    ],
    'capability.tools': [
      [
        { route: { capabilities: noCapabilities }, task: need('tools') },
        'capability.tools: needs tool calls, which this model does not offer',
      ],
      [
        { route: { capabilities: unknownCapabilities }, task: need('tools') },
        'capability.tools: needs tool calls, and whether this model offers it is unknown',
      ],
    ],
    'capability.vision': [
      [
        { route: { capabilities: noCapabilities }, task: need('vision') },
        'capability.vision: needs image input, which this model does not offer',
      ],
    ],
    'capability.structuredOutput': [
      [
        { route: { capabilities: noCapabilities }, task: need('structuredOutput') },
        'capability.structuredOutput: needs structured output, which this model does not offer',
      ],
    ],
    'capability.reasoning': [
      [
        { route: { capabilities: unknownCapabilities }, task: need('reasoning') },
        'capability.reasoning: needs reasoning, and whether this model offers it is unknown',
      ],
    ],
    'capability.contextWindow': [
      [
        { route: { contextWindow: 32_768 }, task: { inputTokens: 39_000, outputTokens: 1_000 } },
        'capability.contextWindow: needs 40,000 tokens, reads at most 32,768',
      ],
      [
        { route: { contextWindow: null }, task: { inputTokens: 39_000, outputTokens: 1_000 } },
        'capability.contextWindow: needs 40,000 tokens, its context window is unknown, and 8,192 is what is trusted then',
      ],
    ],
    'capability.outputTokens': [
      [
        { route: { maxOutputTokens: 2_048 }, task: { outputTokens: 5_000 } },
        'capability.outputTokens: the answer needs 5,000 tokens, writes at most 2,048',
      ],
    ],
    'health.unreachable': [
      [{ route: { access: 'unreachable' } }, 'health.unreachable: its server does not answer'],
    ],
    'health.ejected': [
      [{ route: { health: 'ejected' } }, 'health.ejected: is out of rotation'],
      [
        { route: { health: 'ejected', healthReason: '3 failures in a row, the last: server error' } },
        'health.ejected: is out of rotation: 3 failures in a row, the last: server error',
      ],
    ],
    'health.draining': [
      [
        { route: { health: 'draining', healthReason: 'drained by hand' } },
        'health.draining: takes no new tasks: drained by hand',
      ],
    ],
    'health.disabled': [[{ route: { health: 'disabled' } }, 'health.disabled: is switched off']],
    'resources.noSlot': [
      [{ route: { load: { inFlight: 4, slots: 4 } } }, 'resources.noSlot: all of its 4 slots are taken'],
      [{ route: { load: { inFlight: 1, slots: 1 } } }, 'resources.noSlot: its only slot is taken'],
    ],
    'task.excluded': [
      [{ task: { pin: 'lab/other' } }, 'task.excluded: lab/other was asked for'],
      [{ task: { exclude: ['lab/coder'] } }, 'task.excluded: left out on request'],
    ],
  };

  describe.each(Object.entries(cases))('%s', (_code, examples) => {
    it.each(examples)('%j', (example, expected) => {
      expect(rejectionOf(example)).toBe(expected);
    });
  });

  it('let a task through that just fits', () => {
    const task = { inputTokens: 30_000, outputTokens: 2_768 };
    expect(rejectionOf({ route: { contextWindow: 32_768 }, task })).toBeNull();
    expect(rejectionOf({ route: { maxOutputTokens: 2_768 }, task })).toBeNull();
    expect(rejectionOf({ route: { maxOutputTokens: null }, task })).toBeNull();
    expect(rejectionOf({ route: { load: { inFlight: 3, slots: 4 } } })).toBeNull();
    expect(rejectionOf({ route: { load: { inFlight: 1_000, slots: null } } })).toBeNull();
  });

  it('keep routes in states in which real calls are wanted', () => {
    for (const health of ['unknown', 'healthy', 'degraded', 'probing', 'recovering'] as const) {
      expect(rejectionOf({ route: { health } })).toBeNull();
    }
  });

  it('a need that is not there asks nothing of a model', () => {
    expect(rejectionOf({ route: { capabilities: unknownCapabilities } })).toBeNull();
  });

  it('an unknown price passes a cap that its assumed price meets, and never a cap of zero', () => {
    const route = { prices: null };
    expect(rejectionOf({ route, task: { maxCostUsd: 0.5 } })).toBeNull();
    expect(rejectionOf({ route, task: { maxCostUsd: 0 } })).toMatch(/^policy\.costCap: its price is unknown/);
  });

  it('a cap that is no number lets nothing through', () => {
    expect(rejectionOf({ task: { maxCostUsd: Number.NaN } })).toMatch(/^policy\.costCap/);
  });

  it('of several caps the tightest is named', () => {
    const policy = [
      buildLayer('user', { maxCostPerTaskUsd: 0.002 }),
      buildLayer('folder', { maxCostPerTaskUsd: 0.001 }),
    ];
    expect(rejectionOf({ policy })).toContain('[Folder "api"');
    const same = [
      buildLayer('user', { maxCostPerTaskUsd: 0.001 }),
      buildLayer('folder', { maxCostPerTaskUsd: 0.001 }),
    ];
    expect(rejectionOf({ policy: same })).toContain('[config.jsonc');
  });

  it('name what the developer chose first, then policy, then what keys and models lack, then the moment', () => {
    const everything: Case = {
      route: {
        access: 'keyMissing',
        capabilities: noCapabilities,
        contextWindow: 100,
        health: 'disabled',
        load: { inFlight: 9, slots: 1 },
      },
      task: { ...need('tools'), exclude: ['lab/coder'] },
      policy: folder({ localOnly: true }),
    };
    const code = (without: Case) => rejectionOf(without)?.split(':')[0];
    expect(code(everything)).toBe('task.excluded');
    const unchosen = { ...everything, task: need('tools') };
    expect(code(unchosen)).toBe('policy.localOnly');
    const allowed = { ...unchosen, policy: [] };
    expect(code(allowed)).toBe('access.keyMissing');
    const withKey = { ...allowed, route: { ...allowed.route, access: 'ready' as const } };
    expect(code(withKey)).toBe('capability.tools');
    const able = { ...withKey, task: {} };
    expect(code(able)).toBe('capability.contextWindow');
    const wide = { ...able, route: { ...able.route, contextWindow: null } };
    expect(code(wide)).toBe('health.disabled');
  });
});
