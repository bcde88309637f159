import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installDaemon, type InstallOptions } from './install.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'install-'));
  await mkdir(join(root, 'dist', 'daemon'), { recursive: true });
  await mkdir(join(root, 'dist', 'prebuilds'));
  await writeFile(join(root, 'dist', 'daemon', 'main.cjs'), 'one');
  await writeFile(join(root, 'dist', 'daemon', 'history-thread.cjs'), 'thread');
  await writeFile(join(root, 'dist', 'daemon', 'vendor-clients.cjs'), 'clients');
  for (const name of ['linux-x64', 'linuxmusl-x64', 'win32-x64', 'linux-arm64']) {
    await writeFile(join(root, 'dist', 'prebuilds', `${name}.node`), name);
  }
});
afterEach(() => rm(root, { recursive: true }));

const options = (): InstallOptions => ({
  distFolder: join(root, 'dist'),
  dataFolder: join(root, 'data'),
  version: '1.2.3',
  platform: 'linux',
  arch: 'x64',
});
const copies = (): Promise<string[]> => readdir(join(root, 'data', 'daemon'));

describe('installDaemon', () => {
  it('copies the bundle with the binaries of this machine only, where the bundle looks for them', async () => {
    const entry = await installDaemon(options());
    expect(entry).toMatch(/daemon[\\/]1\.2\.3-[0-9a-f]{12}[\\/]daemon[\\/]main\.cjs$/);
    expect(await readFile(entry, 'utf8')).toBe('one');
    expect(await readFile(join(entry, '..', 'history-thread.cjs'), 'utf8')).toBe('thread');
    expect(await readFile(join(entry, '..', 'vendor-clients.cjs'), 'utf8')).toBe('clients');
    expect((await readdir(join(entry, '..', '..', 'prebuilds'))).sort()).toEqual([
      'linux-x64.node',
      'linuxmusl-x64.node',
    ]);
  });

  it('uses a good copy again and repairs an altered one', async () => {
    const entry = await installDaemon(options());
    expect(await installDaemon(options())).toBe(entry);
    await writeFile(entry, 'altered');
    expect(await installDaemon(options())).toBe(entry);
    expect(await readFile(entry, 'utf8')).toBe('one');
    expect((await copies()).length).toBe(1);
  });

  it('gives every build a folder of its own and keeps only the last two', async () => {
    const entries: string[] = [];
    for (const build of ['one', 'two', 'three', 'four']) {
      await writeFile(join(root, 'dist', 'daemon', 'main.cjs'), build);
      entries.push(await installDaemon(options()));
    }
    expect(new Set(entries).size).toBe(4);
    expect((await copies()).length).toBe(2);
    expect(await readFile(entries.at(-1)!, 'utf8')).toBe('four');
  });

  it('survives two windows that copy at once', async () => {
    const entries = await Promise.all([1, 2, 3, 4].map(() => installDaemon(options())));
    expect(new Set(entries).size).toBe(1);
    expect(await readFile(entries[0]!, 'utf8')).toBe('one');
    expect((await copies()).length).toBe(1);
  });

  it('says what is wrong when the extension’s own files are missing', async () => {
    await rm(join(root, 'dist', 'daemon'), { recursive: true });
    await expect(installDaemon(options())).rejects.toMatchObject({ code: 'daemon.startFailed' });
  });
});
