/** The real program, started the way clients start it: races, sudden deaths, an orderly end. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { daemonRequests } from '@task-router/protocol';
import { DaemonClient, connectOrLaunch, connectToDaemon } from '@task-router/protocol/node';
import { hello } from '../support/hello.ts';
import { until } from '../support/server-fixture.ts';
import { temporaryPaths } from '../support/server-home.ts';

const program = pathToFileURL(join(import.meta.dirname, '../../daemon/src/main.ts')).href;

/** A home whose daemons are all known, so that none is left behind: the loser of a race may win it after the test. */
function daemonHome() {
  const paths = temporaryPaths();
  const entry = join(paths.configFolder, 'entry.mjs');
  const pidFile = join(paths.configFolder, 'pids');
  writeFileSync(pidFile, '');
  writeFileSync(
    entry,
    `import { appendFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(pidFile)}, process.pid + '\\n');
     await import(${JSON.stringify(program)});`,
  );
  const pids = (): number[] => readFileSync(pidFile, 'utf8').split('\n').filter(Boolean).map(Number);
  const joinDaemon = async (): Promise<DaemonClient> => {
    const env = { ...process.env, TASK_ROUTER_HOME: paths.configFolder };
    const launch = { entry, execPath: process.execPath, env };
    const socket = await connectOrLaunch({ paths, launch, timeoutMs: 15_000 });
    return DaemonClient.open(socket, { hello: hello({ client: 'cli' }) });
  };
  /** Ends all of them; `started` is how many there must have been. */
  const endAll = async (started: number): Promise<void> => {
    await until(() => pids().length === started);
    for (const pid of pids().filter(isAlive)) process.kill(pid, 'SIGKILL');
    await until(() => !pids().some(isAlive));
  };
  return { paths, joinDaemon, endAll };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('21: five clients race to start it; one daemon serves them all', async () => {
  const { joinDaemon, endAll } = daemonHome();
  onTestFinished(() => endAll(5));
  const clients = await Promise.all(Array.from({ length: 5 }, joinDaemon));
  expect(new Set(clients.map(({ welcome }) => welcome.pid)).size).toBe(1);
  const answers = await Promise.all(clients.map((client) => client.request(daemonRequests.health, {})));
  expect(answers.map(({ daemon }) => daemon.clients)).toEqual([5, 5, 5, 5, 5]);
});

it('is replaced after a sudden death without anyone cleaning up, and ends in order when asked', async () => {
  const { paths, joinDaemon, endAll } = daemonHome();
  onTestFinished(() => endAll(2));
  const first = await joinDaemon();
  process.kill(first.welcome.pid, 'SIGKILL');
  await first.closed;
  expect(existsSync(paths.socketPath)).toBe(true);
  const second = await joinDaemon();
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
