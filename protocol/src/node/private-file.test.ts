import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDiscovery, writeDiscovery } from './discovery.ts';
import { type Paths, resolvePaths } from './paths.ts';
import { readBoundedFile, writePrivateFile } from './private-file.ts';
import { readToken, writeToken } from './token.ts';

let folder: string;
let paths: Paths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tr-'));
  paths = resolvePaths({ TASK_ROUTER_HOME: folder });
  mkdirSync(paths.runtimeFolder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('private files', () => {
  it('are readable by their owner alone, replaced whole, and leave no draft behind', () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'old and longer', { mode: 0o644 });
    writePrivateFile(path, 'new');
    expect(readBoundedFile(path, 100)).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['run', 'secret']);
  });

  it('replace a link instead of following it', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'untouched');
    symlinkSync(target, join(folder, 'link'));
    writePrivateFile(join(folder, 'link'), 'new');
    expect(readBoundedFile(target, 100)).toBe('untouched');
  });

  it('are read up to a bound', () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'x'.repeat(100));
    expect(readBoundedFile(path, 100)).toHaveLength(100);
    expect(() => readBoundedFile(path, 99)).toThrow(expect.objectContaining({ code: 'EFBIG' }));
    expect(readBoundedFile(join(folder, 'none'), 99)).toBeNull();
    expect(() => readBoundedFile(folder, 99)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it.runIf(process.platform !== 'win32')('do not wait for the writer of a named pipe', () => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    expect(() => readBoundedFile(path, 99)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

describe('the discovery file', () => {
  const discovery = {
    schema: 1 as const,
    pid: 7,
    startedAt: '2026-01-02T03:04:05.000Z',
    buildId: 'b',
    daemonVersion: '1.0.0',
    protocolVersions: ['1.0'],
    endpoint: { kind: 'tcp' as const, port: 4711 },
    tokenFile: '/x/token',
  };

  it('is read as it was written', () => {
    writeDiscovery(paths, discovery);
    expect(readDiscovery(paths)).toEqual(discovery);
  });

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['another shape', '{}'],
    ['another schema', JSON.stringify({ ...discovery, schema: 2 })],
    ['a relative socket', JSON.stringify({ ...discovery, endpoint: { kind: 'pipe', path: 'daemon.sock' } })],
    ['a port out of range', JSON.stringify({ ...discovery, endpoint: { kind: 'tcp', port: 70_000 } })],
    ['too much', JSON.stringify({ ...discovery, padding: 'x'.repeat(20_000) })],
  ])('that holds %s is as good as none', (_name, text) => {
    if (text !== null) writeFileSync(paths.discoveryFile, text);
    expect(readDiscovery(paths)).toBeNull();
  });

  it('of a later version may say more', () => {
    writeFileSync(paths.discoveryFile, JSON.stringify({ ...discovery, later: true }));
    expect(readDiscovery(paths)).toEqual(discovery);
  });
});

describe('the token', () => {
  it('has 32 random bytes, new each time', () => {
    const [first, second] = [writeToken(paths), writeToken(paths)];
    expect(Buffer.from(second, 'base64url')).toHaveLength(32);
    expect(first).not.toBe(second);
    expect(readToken(paths)).toBe(second);
    expect(statSync(paths.tokenFile).mode & 0o777).toBe(0o600);
  });

  it.each(['', 'short', 'x'.repeat(44), `${'x'.repeat(42)}\n\n=`, 'x'.repeat(1000)])('is not %j', (text) => {
    writeFileSync(paths.tokenFile, text);
    expect(readToken(paths)).toBeNull();
  });
});
