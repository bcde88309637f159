/** A running server over a real socket with a scripted service behind it, and clients for it. */
import { onTestFinished, vi } from 'vitest';
import type { Hello } from '@task-router/protocol';
import {
  DaemonClient,
  type EditorModelsHandler,
  type Paths,
  connectToDaemon,
} from '@task-router/protocol/node';
import { createConfigFile } from '../../daemon/src/config/config-file.ts';
import { configLanguage } from '../../daemon/src/config/language.ts';
import { systemClock } from '../../daemon/src/platform/clock.ts';
import { createIds } from '../../daemon/src/platform/ids.ts';
import { type Logger, createLogger } from '../../daemon/src/platform/logger.ts';
import { type EventLog, createEventLog } from '../../daemon/src/server/event-log.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../daemon/src/server/server.ts';
import { hello } from './hello.ts';
import { temporaryPaths } from './server-home.ts';
import { ScriptedService, noEndpoint } from './server-service.ts';

export interface TestServer {
  readonly server: RunningServer;
  readonly paths: Paths;
  readonly service: ScriptedService;
  readonly eventLog: EventLog;
  /** Lines of the daemon's log. */
  readonly lines: readonly string[];
}

export async function startTestServer(
  options: Partial<ServerOptions> & { readonly redact?: (text: string) => string } = {},
): Promise<TestServer> {
  const { redact = (text: string) => text, ...overrides } = options;
  const paths = options.paths ?? temporaryPaths();
  const lines: string[] = [];
  const log: Logger = createLogger({
    sink: (line) => lines.push(line),
    clock: systemClock,
    redact,
    level: 'debug',
  });
  const eventLog = createEventLog({ epoch: createIds(Date.now)(), clock: systemClock });
  const service = new ScriptedService(eventLog);
  const configFile = createConfigFile({
    path: paths.configFile,
    lastGoodPath: paths.lastGoodConfigFile,
    log,
  });
  const server = await startServer({
    service,
    eventLog,
    endpoint: noEndpoint,
    config: configLanguage(configFile),
    paths,
    version: '0.0.0-test',
    buildId: 'test',
    log,
    clock: systemClock,
    ...overrides,
  });
  onTestFinished(() => server.dispose());
  return { server, paths, service, eventLog, lines };
}

export async function openClient(
  paths: Paths,
  overrides: Partial<Hello> = {},
  editorModels?: EditorModelsHandler,
): Promise<DaemonClient> {
  const client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: hello({ ...overrides, editorModels: editorModels !== undefined }),
    editorModels,
  });
  onTestFinished(() => client.close());
  return client;
}

/** Waits for a condition; fails the test when it does not come true in 5 s. */
export function until(condition: () => boolean): Promise<void> {
  return vi.waitUntil(condition, { timeout: 5_000, interval: 5 }).then(() => undefined);
}
