import { describe, expect, it } from 'vitest';
import { policyKeys, type PolicyKey } from '../contributions.ts';
import { policyLayers, type InspectedPolicy, type InspectedSetting } from './policy-layers.ts';

const nothing: InspectedSetting = { user: undefined, workspace: undefined, folder: undefined };

function inspected(
  values: Partial<Record<PolicyKey, Partial<InspectedSetting>>>,
  where: Partial<Omit<InspectedPolicy, 'values'>> = {},
): InspectedPolicy {
  return {
    workspaceName: null,
    folderName: 'api',
    ...where,
    values: Object.fromEntries(policyKeys.map((key) => [key, { ...nothing, ...values[key] }])) as Record<
      PolicyKey,
      InspectedSetting
    >,
  };
}

describe('policyLayers', () => {
  it('is empty when nobody said anything', () => {
    expect(policyLayers(inspected({}))).toEqual([]);
  });

  it('keeps the levels apart, widest first, with names that people recognise', () => {
    const layers = policyLayers(
      inspected(
        {
          objective: { user: 'speed', folder: 'quality' },
          deny: { workspace: ['openai/*'] },
          localOnly: { folder: true },
        },
        { workspaceName: 'monorepo', folderName: 'api' },
      ),
    );
    expect(layers).toEqual([
      { level: 'user', name: 'User settings', policy: { objective: 'speed' } },
      { level: 'workspace', name: 'monorepo', policy: { deny: ['openai/*'] } },
      { level: 'folder', name: 'api', policy: { objective: 'quality', localOnly: true } },
    ]);
  });

  it('counts the settings of a window with one folder as the folder’s, once', () => {
    const same = { workspace: true, folder: true };
    expect(policyLayers(inspected({ localOnly: same }))).toEqual([
      { level: 'folder', name: 'api', policy: { localOnly: true } },
    ]);
  });

  it('keeps workspace settings for a task outside every folder', () => {
    const layers = policyLayers(inspected({ localOnly: { workspace: true } }, { folderName: null }));
    expect(layers).toEqual([{ level: 'workspace', name: 'Workspace settings', policy: { localOnly: true } }]);
  });

  it('takes null for "no opinion"', () => {
    expect(policyLayers(inspected({ maxCostPerTaskUsd: { user: null } }))).toEqual([]);
  });

  const wrong: readonly (readonly [PolicyKey, unknown])[] = [
    ['objective', 'cheapest'],
    ['weights', { capability: 1 }],
    ['weights', { capability: 1, performance: 1, resources: 0, history: 0 }],
    ['allow', 'claude/*'],
    ['deny', [7]],
    ['localOnly', 'yes'],
    ['maxCostPerTaskUsd', -1],
  ];
  it.each(wrong)('refuses %s = %j instead of ignoring it', (key, value) => {
    expect(() => policyLayers(inspected({ [key]: { workspace: value } }))).toThrow(
      expect.objectContaining({
        code: 'config.invalidValue',
        message: expect.stringContaining(`Folder "api": taskRouter.policy.${key}`) as unknown,
      }),
    );
  });
});
