import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigFile, createConfigFile } from './config-file.ts';
import { silentLogger } from '../platform/logger.ts';

let folder: string;
let path: string;
let lastGoodPath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tr-'));
  path = join(folder, 'config.jsonc');
  lastGoodPath = join(folder, 'data', 'config.last-good.jsonc');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = (): ConfigFile => createConfigFile({ path, lastGoodPath, log: silentLogger });
const objective = (name: string): string => JSON.stringify({ policy: { objective: name } });

describe('the configuration file', () => {
  it('may be missing', () => {
    const file = open();
    expect(file.current().policy).toEqual({});
    expect(file.problems()).toEqual([]);
    expect(file.reloadIfChanged()).toBe(false);
    expect(existsSync(lastGoodPath)).toBe(false);
  });

  it('is read when it appears, changes or goes away, and its readers are told', () => {
    const file = open();
    let changes = 0;
    const stop = file.onDidChange(() => (changes += 1));
    for (const name of ['cost', 'speed', 'local']) {
      writeFileSync(path, objective(name));
      expect(file.reloadIfChanged()).toBe(true);
      expect(file.current().policy.objective).toBe(name);
      expect(file.reloadIfChanged()).toBe(false);
    }
    rmSync(path);
    expect(file.reloadIfChanged()).toBe(true);
    expect(file.current().policy).toEqual({});
    stop();
    writeFileSync(path, objective('cost'));
    file.reloadIfChanged();
    expect(changes).toBe(4);
  });

  it('that is broken leaves the last good configuration in force', () => {
    writeFileSync(path, objective('cost'));
    const file = open();
    writeFileSync(path, '{ "policy": {\n "objectve": 1 } }');
    expect(file.reloadIfChanged()).toBe(true);
    expect(file.current().policy.objective).toBe('cost');
    expect(file.problems()).toEqual([
      {
        code: 'config.unknownKey',
        message: expect.stringContaining('"objective"') as string,
        next: 'Correct the key; the last good configuration stays in force.',
        line: 2,
      },
    ]);
    // An editor that is in the middle of saving.
    writeFileSync(path, '');
    file.reloadIfChanged();
    expect(file.current().policy.objective).toBe('cost');
    writeFileSync(path, objective('speed'));
    file.reloadIfChanged();
    expect(file.problems()).toEqual([]);
    expect(file.current().policy.objective).toBe('speed');
  });

  it('that is broken at the next start finds the last good one again', () => {
    writeFileSync(path, objective('cost'));
    open();
    expect(readFileSync(lastGoodPath, 'utf8')).toBe(objective('cost'));
    expect(statSync(lastGoodPath).mode & 0o777).toBe(0o600);
    writeFileSync(path, '{');
    const restarted = open();
    expect(restarted.current().policy.objective).toBe('cost');
    expect(restarted.problems()[0]?.next).toContain('the last good configuration stays in force');
  });

  it('that is broken and was never good lets nothing leave the machine', () => {
    writeFileSync(path, '{ "policy": { "localOnly": tru } }');
    const file = open();
    expect(file.current().policy.localOnly).toBe(true);
    expect(file.problems()[0]).toMatchObject({
      code: 'config.malformed',
      next: 'Correct the JSON; until then only models on this machine are used.',
    });
  });

  it.each([
    ['a folder', () => mkdirSync(path), 'config.unreadable'],
    ['too large', () => writeFileSync(path, ' '.repeat(1024 * 1024 + 1)), 'config.tooLarge'],
  ])('that is %s is a problem, not a crash', (_name, make, code) => {
    make();
    const file = open();
    expect(file.problems()).toMatchObject([{ code, line: null }]);
    expect(file.current().nodes).toEqual([]);
  });

  it('that can’t be read is a problem until it can', () => {
    // A link to itself fails for every user, unlike missing permissions, which the administrator has none of.
    symlinkSync(path, path);
    const file = open();
    expect(file.problems()).toMatchObject([{ code: 'config.unreadable', line: null }]);
    rmSync(path);
    writeFileSync(path, objective('cost'));
    expect(file.reloadIfChanged()).toBe(true);
    expect(file.problems()).toEqual([]);
  });

  it('may begin with a byte order mark', () => {
    writeFileSync(path, `\uFEFF${objective('cost')}`);
    expect(open().current().policy.objective).toBe('cost');
  });

  it('works without a place for the copy', () => {
    writeFileSync(path, objective('cost'));
    writeFileSync(join(folder, 'data'), 'in the way');
    expect(open().current().policy.objective).toBe('cost');
  });
});
