/**
 * The extension's manifest keeps its promises: a repository may narrow policy and nothing else, every command is found
 * under one name in the palette, and nothing starts before it is needed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { root } from './project-files.ts';

const settings = z.object({
  properties: z.record(z.string(), z.object({ scope: z.string().optional() })),
});
const manifestSchema = z.object({
  activationEvents: z.array(z.string()),
  contributes: z.object({
    commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.string().optional() })),
    configuration: z.union([settings, z.array(settings)]),
  }),
  // With a proposed API an extension cannot be published.
  enabledApiProposals: z.undefined().optional(),
});

const read = () => manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

/** Settings whose scope is not among the allowed ones, with the scope they have. VS Code's default is `window`. */
function wronglyScoped(prefix: string, scopes: readonly string[]): string[] {
  const { configuration } = read().contributes;
  return [configuration]
    .flat()
    .flatMap(({ properties }) => Object.entries(properties))
    .map(([name, { scope = 'window' }]) => ({ name, scope }))
    .filter(({ name, scope }) => name.startsWith(prefix) && !scopes.includes(scope))
    .map(({ name, scope }) => `${name}: ${scope}`);
}

it('every command has the category Task Router and a name of our own', () => {
  const { commands } = read().contributes;
  expect(commands.length).toBeGreaterThan(0);
  expect(commands.filter(({ command }) => !command.startsWith('taskRouter.'))).toEqual([]);
  expect(commands.filter(({ category }) => category !== 'Task Router')).toEqual([]);
});

it('policy settings belong to a folder', () => {
  expect(wronglyScoped('taskRouter.policy.', ['resource'])).toEqual([]);
});

it('no repository can say how the daemon is started', () => {
  expect(wronglyScoped('taskRouter.daemon.', ['machine', 'application'])).toEqual([]);
});

it('all settings are ours and have a scope that was chosen', () => {
  const { configuration } = read().contributes;
  const entries = [configuration].flat().flatMap(({ properties }) => Object.entries(properties));
  expect(entries.filter(([name]) => !name.startsWith('taskRouter.'))).toEqual([]);
  expect(entries.filter(([, { scope }]) => scope === undefined).map(([name]) => name)).toEqual([]);
});

it('nothing activates at start-up', () => {
  expect(
    read().activationEvents.filter((event) => event.includes('*') || event === 'onStartupFinished'),
  ).toEqual([]);
});
