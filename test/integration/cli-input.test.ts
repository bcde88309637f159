/** What `task-router` says of wrong arguments, files and settings: a code, what is wrong, and no stack. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliHere } from '../support/cli-here.ts';

let cli: CliHere;
beforeEach(() => {
  cli = new CliHere();
});
afterEach(() => cli.dispose());

describe('bad input', () => {
  it.each([
    [[], 0, /Usage: task-router/],
    [['route'], 2, /task\.empty/],
    [['route', '  '], 2, /task\.empty/],
    [['route', 'x', '--kind', 'sing'], 2, /usage\.invalid.*sing/],
    [['route', 'x', '--file', 'nope.ts'], 2, /task\.fileNotFound.*nope\.ts/],
    [['route', 'x', '--file', 'huge.txt'], 2, /task\.contextTooLarge/],
    [['route', 'x', '--file', 'binary.bin'], 2, /task\.fileBinary/],
    [['route', 'x', '--priority', 'urgent'], 2, /usage\.invalid.*urgent/],
    [['route', 'x', '--frobnicate'], 2, /usage\.invalid/],
    [['explain', 'nope'], 1, /decision\.notFound/],
    [['node', 'dance', 'x'], 2, /usage\.invalid.*drain/],
    [['node', 'drain'], 2, /usage\.invalid/],
    [['dance'], 2, /usage\.invalid.*dance/],
  ] as const)('%j', async (args, code, says) => {
    writeFileSync(join(cli.home, 'huge.txt'), 'x'.repeat(5_000_000));
    writeFileSync(join(cli.home, 'binary.bin'), Buffer.from([0, 1, 2, 3]));
    const result = await cli.run(args);
    expect(`${result.stdout}${result.stderr}`.replaceAll('\n', ' ')).toMatch(says);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it.each([
    ['{ "nodes": [', 'config.malformed'],
    ['{ "policy": { "objektive": "cost" } }', 'config.unknownKey'],
    ['{ "policy": { "objective": "cheapest" } }', 'config.invalidValue'],
    [
      '{ "nodes": [{ "id": "x", "provider": "ollama", "baseUrl": "http://models.example" }] }',
      'config.invalidValue',
    ],
  ])('config.jsonc %s', async (text, code) => {
    writeFileSync(join(cli.home, 'config.jsonc'), text);
    const { stdout, stderr } = await cli.run(['health']);
    expect(`${stdout}${stderr}`).toContain(code);
  });
});
