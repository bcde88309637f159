import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policySchema } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  commandIds,
  contextKeys,
  endpointSettings,
  idleTimeoutSetting,
  internalCommands,
  panelType,
  policyKeys,
  policySection,
  schemes,
  viewContainerId,
  viewIds,
  walkthroughId,
} from './contributions.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
const text = readFileSync(join(root, 'package.json'), 'utf8');
const settingSchema = z.looseObject({ scope: z.string(), default: z.unknown() });
const menuSchema = z.array(z.looseObject({ command: z.string().optional(), when: z.string().optional() }));
const { contributes, activationEvents, capabilities } = z
  .looseObject({
    activationEvents: z.array(z.string()),
    capabilities: z.looseObject({
      untrustedWorkspaces: z.looseObject({
        supported: z.string(),
        restrictedConfigurations: z.array(z.string()),
      }),
    }),
    contributes: z.looseObject({
      commands: z.array(z.looseObject({ command: z.string(), category: z.string(), title: z.string() })),
      menus: z.record(z.string(), menuSchema),
      views: z.record(z.string(), z.array(z.looseObject({ id: z.string() }))),
      viewsContainers: z.looseObject({ activitybar: z.array(z.looseObject({ id: z.string() })) }),
      walkthroughs: z.array(z.looseObject({ id: z.string(), steps: z.array(z.unknown()) })),
      configuration: z.array(z.looseObject({ properties: z.record(z.string(), settingSchema) })),
    }),
  })
  .parse(read('package.json'));
const settings = Object.assign(
  {},
  ...contributes.configuration.map(({ properties }) => properties),
) as Record<string, z.infer<typeof settingSchema>>;

describe('the manifest', () => {
  it('declares exactly the commands that the code has, all in our category', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(
      Object.values(commandIds).sort(),
    );
    expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(['Task Router']));
  });

  it('hides internal commands from the palette', () => {
    const hidden = contributes.menus['commandPalette']!.filter(({ when }) => when === 'false');
    expect(hidden.map(({ command }) => command).sort()).toEqual(
      internalCommands.map((name) => commandIds[name]).sort(),
    );
  });

  it('uses only ids that exist', () => {
    const known = new Set<string>([
      ...Object.values(commandIds),
      ...Object.values(viewIds),
      ...Object.values(contextKeys),
      ...policyKeys.map((key) => `${policySection}.${key}`),
      ...Object.values(endpointSettings),
      ...[idleTimeoutSetting, panelType, policySection, 'taskRouter.editor'],
    ]);
    const used = text.match(/taskRouter\.[A-Za-z.]*[A-Za-z]/g) ?? [];
    const texts =
      readFileSync(join(root, 'package.nls.json'), 'utf8').match(/taskRouter\.[A-Za-z.]*[A-Za-z]/g) ?? [];
    const unknown = [...used, ...texts].filter((id) => !known.has(id) && id !== walkthroughId);
    expect(unknown).toEqual([]);
    expect(text).toContain(`resourceScheme == ${schemes.proposal}`);
  });

  it('has the views, the container, the walkthrough and the panel’s activation', () => {
    expect(contributes.views[viewContainerId]!.map(({ id }) => id)).toEqual(Object.values(viewIds));
    expect(contributes.viewsContainers.activitybar.map(({ id }) => id)).toEqual([viewContainerId]);
    expect(contributes.walkthroughs[0]!.id).toBe(walkthroughId);
    expect(contributes.walkthroughs[0]!.steps.length).toBe(4);
    expect(activationEvents).toContain(`onWebviewPanel:${panelType}`);
    expect(activationEvents).not.toContain('*');
    expect(activationEvents).not.toContain('onStartupFinished');
  });

  it('has one policy setting for each field of a policy, per folder, and none that a repository must not set', () => {
    expect([...policyKeys].sort()).toEqual(Object.keys(policySchema.shape).sort());
    for (const key of policyKeys) expect(settings[`${policySection}.${key}`]!.scope).toBe('resource');
    const others = Object.keys(settings).filter((name) => !name.startsWith(policySection));
    for (const name of others) expect([name, settings[name]!.scope]).toEqual([name, 'application']);
    expect(others).toEqual([idleTimeoutSetting, ...Object.values(endpointSettings)]);
  });

  it('restricts every setting that a workspace can change while it is not trusted', () => {
    const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
    expect(supported).toBe('limited');
    expect([...restrictedConfigurations].sort()).toEqual(
      Object.keys(settings)
        .filter((name) => settings[name]!.scope === 'resource')
        .sort(),
    );
  });

  it('offers defaults that are valid policies', () => {
    for (const key of policyKeys) {
      const value = settings[`${policySection}.${key}`]!.default;
      if (value !== null) expect(policySchema.shape[key].safeParse(value).success).toBe(true);
    }
  });

  it('has a text for every placeholder, and no text without one', () => {
    const texts = z.record(z.string(), z.string()).parse(read('package.nls.json'));
    const placeholders = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]));
    expect([...placeholders].sort()).toEqual(Object.keys(texts).sort());
  });

  it('names only pictures that exist', () => {
    const pictures = text.match(/extension\/media\/[\w./-]+/g) ?? [];
    expect(pictures.length).toBeGreaterThan(4);
    expect(pictures.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
