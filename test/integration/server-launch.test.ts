/** The real program, started the way clients start it: races, sudden deaths, an orderly end. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { daemonRequests } from '@task-router/protocol';
import { DaemonClient, type Paths, connectOrLaunch, connectToDaemon } from '@task-router/protocol/node';
import { hello, until } from '../support/server-fixture.ts';
import { temporaryPaths } from '../support/server-home.ts';

const entry = join(import.meta.dirname, '../../daemon/src/main.ts');

async function joinDaemon(paths: Paths): Promise<DaemonClient> {
  const env = { ...process.env, TASK_ROUTER_HOME: paths.configFolder };
  const socket = await connectOrLaunch({
    paths,
    launch: { entry, execPath: process.execPath, env },
    timeoutMs: 15_000,
  });
  const client = await DaemonClient.open(socket, { hello: hello({ client: 'cli' }) });
  const { pid } = client.welcome;
  onTestFinished(async () => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
  });
  return client;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('21: five clients race to start it; one daemon serves them all', async () => {
  const paths = temporaryPaths();
  const clients = await Promise.all(Array.from({ length: 5 }, () => joinDaemon(paths)));
  expect(new Set(clients.map(({ welcome }) => welcome.pid)).size).toBe(1);
  const answers = await Promise.all(clients.map((client) => client.request(daemonRequests.health, {})));
  expect(answers.map(({ daemon }) => daemon.clients)).toEqual([5, 5, 5, 5, 5]);
});

it('is replaced after a sudden death without anyone cleaning up, and ends in order when asked', async () => {
  const paths = temporaryPaths();
  const first = await joinDaemon(paths);
  process.kill(first.welcome.pid, 'SIGKILL');
  await first.closed;
  expect(existsSync(paths.socketPath)).toBe(true);
  const second = await joinDaemon(paths);
  expect(second.welcome.pid).not.toBe(first.welcome.pid);
  await second.request(daemonRequests.health, {});
  await second.stopDaemon();
  await second.closed;
  await until(() => !isAlive(second.welcome.pid));
  expect([paths.socketPath, paths.tokenFile, paths.discoveryFile].filter((path) => existsSync(path))).toEqual(
    [],
  );
  await expect(connectToDaemon({ paths })).rejects.toMatchObject({ details: { reason: 'noDaemon' } });
});
