/**
 * The composition root: makes every long-lived object of the daemon and joins them, in reading order. Nothing else
 * constructs what it could be given.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { ensureRuntimeFolder } from '@task-router/protocol/node';
import type { Paths } from '@task-router/protocol/node';
import { createConfigFile } from './config/config-file.ts';
import { configLanguage } from './config/language.ts';
import type { Environment } from './dispatch/nodes/fleet.ts';
import { Router } from './dispatch/router-service.ts';
import { Endpoint } from './endpoint/endpoint.ts';
import { formats } from './endpoint/formats/index.ts';
import { proxyOfEnvironment } from '@task-router/protocol';
import { systemClock } from './platform/clock.ts';
import { createIds } from './platform/ids.ts';
import { openLogFile } from './platform/log-file.ts';
import { createLogger } from './platform/logger.ts';
import { machineMemoryBytes } from './platform/machine.ts';
import { giveBackWhenQuiet } from './platform/quiet-memory.ts';
import { Connector } from './providers/transport/connector.ts';
import { Proxies } from './providers/transport/proxies.ts';
import { redact } from './providers/redact.ts';
import { createProvider } from './providers/registry.ts';
import { createEventLog } from './server/event-log.ts';
import { loadRoutingModel } from './routing-model/index.ts';
import { startServer } from './server/server.ts';
import { acquireLeaderLock } from './store/leader-lock.ts';
import { openStore } from './store/open-store.ts';
import { version } from './version.ts';

export interface DaemonOptions {
  readonly paths: Paths;
  /** Leaves after so long without a client; 0: never by itself. */
  readonly idleMinutes: number;
  /** Where keys and the proxy may be looked up; left out: clients bring them. */
  readonly environment?: Environment;
}

export interface RunningDaemon {
  /** Resolves when the daemon has ended, for whatever reason. */
  readonly stopped: Promise<void>;
  /** Cancels running tasks, records them, and ends. */
  stop(): Promise<void>;
  /** Ends as soon as the last client has left. */
  stopWhenAlone(): Promise<void>;
}

/** null when another daemon of this user runs. Rejects with `daemon.runtimeFolderUnsafe`. */
export async function startDaemon({
  paths,
  idleMinutes,
  environment = {},
}: DaemonOptions): Promise<RunningDaemon | null> {
  ensureRuntimeFolder(paths);
  const lock = await acquireLeaderLock(paths.lockFile);
  if (!lock) return null;

  const clock = systemClock;
  const logFile = openLogFile(paths.logFile);
  const log = createLogger({ sink: logFile.write, clock, redact });
  // Its thread starts while the weights are read.
  const opening = openStore(paths.databaseFile, {
    nowMs: () => clock.nowMs(),
    onChange: (reason) => {
      if (reason === null) log.info('history is on again');
      else log.error('history is off', { reason });
    },
    onRefused: (error) => log.error('the history refused a record', { error }),
  });
  const routingModel = loadRoutingModel();
  const createId = createIds(() => clock.nowMs());
  const store = await opening;
  if (store.reason !== null) log.error('history is off', { reason: store.reason });
  if (store.notice !== null) log.warn('the history file', { notice: store.notice });
  const interrupted = store.markInterrupted(clock.nowMs());
  if (interrupted > 0) log.warn('tasks were running when the last daemon ended', { interrupted });

  const config = createConfigFile({ path: paths.configFile, lastGoodPath: paths.lastGoodConfigFile, log });
  const epoch = randomBytes(8).toString('hex');
  const eventLog = createEventLog({ epoch, clock });
  const connector = new Connector(new Proxies(proxyOfEnvironment(environment)));
  const router = new Router({
    clock,
    log,
    store,
    config,
    demoFile: paths.demoFile,
    machineBytes: machineMemoryBytes(),
    routingModel,
    createProvider: (endpoint) => createProvider({ ...endpoint, connector }),
    connector,
    environment,
    createId,
    createSeed: () => randomInt(2 ** 32),
    events: eventLog,
    version,
    endpointView: () => endpoint.view(),
  });
  const endpoint: Endpoint = new Endpoint({
    ...{ service: router.outside, formats, config, store, clock, log },
    createId,
    onChange: () => router.noteEndpoint(),
  });
  await endpoint.settle();

  const stopped = Promise.withResolvers<undefined>();
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= end());
  const server = await startServer({
    service: router,
    eventLog,
    endpoint,
    config: configLanguage(config),
    paths,
    version,
    buildId: version,
    log,
    clock,
    onStop: () => void stop(),
  });

  const isRunning = (): boolean => router.runningTasks > 0 || endpoint.running > 0;
  const stopGivingBack = giveBackWhenQuiet({ isBusy: isRunning });

  async function end(): Promise<void> {
    clearTimeout(idleTimer);
    stopGivingBack();
    await endpoint.close();
    await router.dispose();
    await server.dispose();
    await connector.close();
    store.close();
    lock?.release();
    log.info('ended');
    logFile.close();
    stopped.resolve(undefined);
  }

  let idleTimer: NodeJS.Timeout | undefined;
  const isAlone = (): boolean => server.clientCount === 0 && !isRunning();
  /** Tools come back without a word: who put the endpoint into config.jsonc wants the daemon there, and whoever asked a
   * moment ago may ask again. */
  const isExpected = (): boolean =>
    config.current().endpoint.enabled ||
    clock.nowMs() - (endpoint.lastRequestAtMs ?? -Infinity) < idleMinutes * 60_000;
  const leaveWhenIdle = (): void => {
    clearTimeout(idleTimer);
    if (idleMinutes === 0 || stopping !== null) return;
    idleTimer = setTimeout(() => {
      if (isAlone() && !isExpected()) void stop();
      else leaveWhenIdle();
    }, idleMinutes * 60_000);
  };
  server.onIdle(leaveWhenIdle);
  leaveWhenIdle();

  return {
    stopped: stopped.promise,
    stop,
    async stopWhenAlone() {
      if (!isAlone()) {
        server.onIdle(() => {
          if (isAlone()) void stop();
        });
        await stopped.promise;
      } else await stop();
    },
  };
}
