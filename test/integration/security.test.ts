/**
 * The attack checklist of the security design from item 13 on, one test per item, named after it: requests, files and
 * folders. The handshake and hostile messages have files of their own; what belongs to the panel, to providers or to the
 * database has its tests there.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { daemonRequests, routeRequest } from '@task-router/protocol';
import {
  type Paths,
  connectToDaemon,
  ensureRuntimeFolder,
  readToken,
  writeDiscovery,
} from '@task-router/protocol/node';
import { parseConfig } from '../../daemon/src/config/load.ts';
import { openClient, startTestServer, until } from '../support/server-fixture.ts';
import { temporaryFolder, temporaryPaths } from '../support/server-home.ts';
import { openRaw } from '../support/server-raw.ts';
import { run } from '../support/server-service.ts';
import { collect, initialize, serves } from '../support/security-checks.ts';

it('13: a role the client declares', async () => {
  const { server, paths, service } = await startTestServer();
  const socket = await openRaw(server.endpoint, readToken(paths) ?? '');
  const answers = collect(socket);
  socket.send(initialize({ role: 'admin' }));
  await until(() => answers.length === 1);
  expect(answers[0]?.error?.data).toMatchObject({ code: 'request.invalid' });
  expect(answers[0]?.error?.message).toContain('role');
  expect(service.connected).toEqual([]);
  // Nor can a client talk itself into trust after the handshake.
  const untrusted = await openClient(paths, { trusted: false });
  const claim = { ...run('do it'), trusted: true };
  await expect(untrusted.request(routeRequest, claim)).rejects.toMatchObject({ code: 'request.invalid' });
});

it('14: a request with baseUrl, apiKey or headers', async () => {
  const contacted: string[] = [];
  const trap = createHttpServer((request, response) => {
    contacted.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void trap.close());
  const address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/v1`;
  const { paths, service } = await startTestServer();
  const client = await openClient(paths);
  for (const [name, value] of Object.entries({
    baseUrl: address,
    apiKey: 'sk-x',
    headers: { Authorization: 'x' },
  })) {
    const inTask = { type: 'run', task: { prompt: 'x', [name]: value } } as ReturnType<typeof run>;
    const requests = [
      client.request(routeRequest, { ...run('x'), [name]: value }),
      client.request(routeRequest, inTask),
      client.request(daemonRequests.setKey, {
        nodeId: 'openai',
        key: 'k',
        source: 'environment',
        [name]: value,
      }),
    ];
    for (const request of requests) {
      await expect(request).rejects.toMatchObject({
        code: 'request.invalid',
        message: expect.stringContaining(name) as string,
      });
    }
  }
  expect(service.routed).toEqual([]);
  expect(service.keys).toEqual([]);
  expect(contacted).toEqual([]);
});

it('16: an untrusted workspace may look, not route', async () => {
  const { paths, service } = await startTestServer();
  const client = await openClient(paths, { trusted: false });
  await client.request(daemonRequests.health, {});
  await expect(client.request(routeRequest, run('explain'))).rejects.toMatchObject({
    code: 'task.untrusted',
  });
  expect(service.routed).toEqual([]);
});

describe('17: a hostile configuration file', () => {
  it.each([
    ['$ref', '{ "nodes": { "$ref": "http://127.0.0.1:1/nodes.json" } }', 'config.invalidValue'],
    ['an unknown include', '{ "include": ["http://127.0.0.1:1/x"] }', 'config.unknownKey'],
    [
      'an environment reference',
      '{ "nodes": [{ "id": "a", "provider": "openai", "apiKeyEnv": "${env:HOME}" }] }',
      'config.invalidValue',
    ],
    ['10 MB', `{ "nodes": [${' '.repeat(10_000_000)}] }`, 'config.tooLarge'],
    ['deep brackets', '['.repeat(100_000), 'config.malformed'],
    ['deep objects', '{"a":'.repeat(100_000), 'config.malformed'],
    ['__proto__', '{ "__proto__": { "nodes": [] } }', 'config.unknownKey'],
  ])('%s is a diagnostic', (_name, text, code) => {
    const startedMs = performance.now();
    const parsed = parseConfig(text);
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.code)).toContain(code);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe('18: an unsafe runtime folder is refused and named', () => {
  it('a symbolic link', async () => {
    const paths = temporaryPaths();
    const elsewhere = temporaryFolder();
    mkdirSync(dirname(paths.runtimeFolder), { recursive: true });
    symlinkSync(elsewhere, paths.runtimeFolder);
    await refusesFolder(paths);
    expect(existsSync(join(elsewhere, 'token'))).toBe(false);
  });

  it.each([0o777, 0o750, 0o701])('mode %o', async (mode) => {
    const paths = temporaryPaths();
    mkdirSync(paths.runtimeFolder, { recursive: true, mode: 0o700 });
    chmodSync(paths.runtimeFolder, mode);
    await refusesFolder(paths);
    expect(existsSync(paths.tokenFile)).toBe(false);
  });

  it('another owner', () => {
    const paths = temporaryPaths();
    ensureRuntimeFolder(paths);
    const other = statSync(paths.runtimeFolder).uid + 1;
    expect(() => ensureRuntimeFolder(paths, other)).toThrow(
      expect.objectContaining({
        code: 'daemon.runtimeFolderUnsafe',
        message: expect.stringContaining(paths.runtimeFolder) as string,
      }),
    );
  });

  it('a file', async () => {
    const paths = temporaryPaths();
    mkdirSync(dirname(paths.runtimeFolder), { recursive: true });
    writeFileSync(paths.runtimeFolder, '');
    await refusesFolder(paths);
  });
});

it('19: a socket that is not ours gets no token', async () => {
  const { paths, server } = await startTestServer();
  const elsewhere = join(temporaryFolder(), 'link.sock');
  const received: string[] = [];
  const trap = createServer((socket) => socket.on('data', (data) => received.push(data.toString())));
  await new Promise<void>((resolve) => trap.listen(elsewhere, resolve));
  onTestFinished(() => void trap.close());
  if (server.endpoint.kind !== 'pipe') throw new Error('this test needs a socket');
  const isRoot = process.getuid?.() === 0;
  // Only the administrator can give a socket away; everyone else tests the other way in, a link.
  if (isRoot) chownSync(elsewhere, 12_345, 12_345);
  else renameSync(elsewhere, `${elsewhere}.moved`);
  if (!isRoot) symlinkSync(`${elsewhere}.moved`, elsewhere);
  writeDiscovery(paths, {
    schema: 1,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    buildId: 'x',
    daemonVersion: 'x',
    protocolVersions: ['1.0'],
    endpoint: { kind: 'pipe', path: elsewhere },
    tokenFile: paths.tokenFile,
  });
  await expect(connectToDaemon({ paths })).rejects.toMatchObject({ code: 'daemon.runtimeFolderUnsafe' });
  expect(received).toEqual([]);
});

it('20: stale socket, stale daemon.json, reused pid', async () => {
  const paths = temporaryPaths();
  ensureRuntimeFolder(paths);
  // A process that dies without cleaning up leaves its socket behind.
  const dead = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(paths.socketPath)})`,
  ]);
  await until(() => existsSync(paths.socketPath));
  const died = new Promise((resolve) => dead.once('exit', resolve));
  dead.kill('SIGKILL');
  await died;
  // Its number now belongs to somebody else.
  const foreign = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
  onTestFinished(() => void foreign.kill('SIGKILL'));
  writeFileSync(paths.tokenFile, 'A'.repeat(43), { mode: 0o600 });
  writeDiscovery(paths, {
    schema: 1,
    pid: foreign.pid ?? 1,
    startedAt: new Date(0).toISOString(),
    buildId: 'old',
    daemonVersion: '0.0.0',
    protocolVersions: ['1.0'],
    endpoint: { kind: 'pipe', path: paths.socketPath },
    tokenFile: paths.tokenFile,
  });
  await expect(connectToDaemon({ paths })).rejects.toMatchObject({
    code: 'daemon.unreachable',
    details: { reason: 'refused' },
  });
  await startTestServer({ paths });
  await serves(paths);
  expect(foreign.exitCode).toBeNull();
  expect(foreign.signalCode).toBeNull();
});

async function refusesFolder(paths: Paths): Promise<void> {
  const refusal = {
    code: 'daemon.runtimeFolderUnsafe',
    message: expect.stringContaining(paths.runtimeFolder) as string,
  };
  await expect(startTestServer({ paths })).rejects.toMatchObject(refusal);
}
