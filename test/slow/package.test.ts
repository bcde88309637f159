/**
 * The VSIX as a user gets it: packed by `npm run package`, opened, and looked into. It holds what the extension needs to
 * run and nothing else; no sources, no maps, no keys, no trace of the machine it was built on.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { daemonFlags, memoryEnvironment } from '@task-router/protocol/node';
import JSZip from 'jszip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = join(import.meta.dirname, '../..');
const megabyte = 1024 * 1024;

/** Everything that may be in the package, as patterns; each must be there at least once. */
const contents = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/(package\.json|package\.nls\.json|readme\.md|changelog\.md|LICENSE\.txt)$/,
  /^extension\/extension\/media\/([\w-]+\/)?[\w-]+\.(svg|png)$/,
  /^extension\/extension\/schemas\/[\w.]+\.json$/,
  /^extension\/dist\/(extension|compose)\.cjs$/,
  /^extension\/dist\/THIRD_PARTY_NOTICES\.txt$/,
  /^extension\/dist\/daemon\/main\.cjs$/,
  /^extension\/dist\/daemon\/(history-thread|vendor-clients)\.cjs$/,
  /^extension\/dist\/prebuilds\/(darwin|linux|linuxmusl|win32)-(arm64|x64)\.node$/,
  /^extension\/dist\/webview\/(main\.js|main\.css|codicon\.css|codicon\.ttf)$/,
];

let vsix = '';
let folder = '';
const files = new Map<string, Buffer>();

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/package-vsix.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  vsix = join(root, `dist/task-router-${version}.vsix`);
  const zip = await JSZip.loadAsync(await readFile(vsix));
  for (const entry of Object.values(zip.files)) {
    if (!entry.dir) files.set(entry.name, await entry.async('nodebuffer'));
  }
  folder = await mkdtemp(join(tmpdir(), 'task-router-vsix-'));
  for (const [name, data] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), data);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const names = () => [...files.keys()];

describe('the VSIX', () => {
  it('holds what ships and nothing else', () => {
    expect(names().filter((name) => !contents.some((pattern) => pattern.test(name)))).toEqual([]);
    expect(contents.filter((pattern) => !names().some((name) => pattern.test(name)))).toEqual([]);
    expect(names().filter((name) => name.endsWith('.node'))).toHaveLength(8);
  });

  it('carries the licence texts of what it bundles', () => {
    const notices = files.get('extension/dist/THIRD_PARTY_NOTICES.txt')?.toString() ?? '';
    for (const name of ['zod', 'ws', 'better-sqlite3', '@ai-sdk/anthropic', 'vscode-languageclient', 'lit']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });

  it('holds no sources, no maps and no environment files', () => {
    expect(names().filter((name) => /\.(ts|mts|tsx|map|env)$|node_modules/.test(name))).toEqual([]);
    const maps = names().filter(
      (name) => /\.(cjs|js|css)$/.test(name) && text(name).includes('sourceMappingURL='),
    );
    expect(maps).toEqual([]);
  });

  it('names neither this checkout nor this home folder, and no key', () => {
    const here = [`${root}/`, `${homedir()}/.`];
    const key = /sk-(ant|proj)-\w{20}|AIza\w{35}/;
    const told = names()
      .filter((name) => /\.(cjs|js|css|json|md)$/.test(name))
      .filter((name) => key.test(text(name)) || here.some((path) => text(name).includes(path)));
    expect(told).toEqual([]);
  });

  it('stays within its size', async () => {
    expect((await stat(vsix)).size).toBeLessThan(14 * megabyte);
    expect(files.get('extension/dist/extension.cjs')?.length).toBeLessThan(0.1 * megabyte);
    expect(files.get('extension/dist/compose.cjs')?.length).toBeLessThan(1.2 * megabyte);
    expect(files.get('extension/dist/webview/main.js')?.length).toBeLessThan(0.6 * megabyte);
  });

  it('loads the language client only when it is needed, not at activation', async () => {
    const isClient = (file: string) => file.includes('node_modules/vscode-languageclient/');
    expect((await inputsOf('extension')).filter(isClient)).toEqual([]);
    expect((await inputsOf('extension-compose')).some(isClient)).toBe(true);
  });

  it('brings a daemon that runs from where it was unpacked, with its database', () => {
    const output = execFileSync(
      process.execPath,
      [join(folder, 'extension/dist/daemon/main.cjs'), 'health', '--json'],
      {
        cwd: folder,
        encoding: 'utf8',
        // No key and no configuration of this machine may take part.
        env: { PATH: process.env['PATH'], HOME: folder, TASK_ROUTER_HOME: join(folder, 'home') },
      },
    );
    expect(JSON.parse(output)).toMatchObject({ daemon: { store: { mode: 'sqlite', reason: null } } });
  });

  it.skipIf(process.platform !== 'linux')(
    'brings a daemon that is lean, also when it is started by hand',
    async () => {
      const daemon = spawn(process.execPath, [join(folder, 'extension/dist/daemon/main.cjs'), 'serve'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env['PATH'], HOME: folder, TASK_ROUTER_HOME: join(folder, 'by-hand') },
      });
      const ended = once(daemon, 'exit');
      try {
        // What it says comes once it serves, and then it is what it will be.
        await once(daemon.stdout, 'data');
        const read = async (what: string) => readFile(`/proc/${daemon.pid}/${what}`, 'utf8');
        for (const flag of daemonFlags) expect((await read('cmdline')).split('\0')).toContain(flag);
        for (const [name, value] of Object.entries(memoryEnvironment))
          expect((await read('environ')).split('\0')).toContain(`${name}=${value}`);
      } finally {
        daemon.kill('SIGTERM');
        await ended;
      }
    },
  );
});

/** What went into a bundle. */
async function inputsOf(bundle: string): Promise<string[]> {
  const metafile: unknown = JSON.parse(await readFile(join(root, `out/meta/${bundle}.json`), 'utf8'));
  return Object.keys(z.object({ inputs: z.record(z.string(), z.unknown()) }).parse(metafile).inputs);
}

function text(name: string): string {
  return files.get(name)?.toString('utf8') ?? '';
}
