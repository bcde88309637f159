/** A daemon in a home of its own, with demo servers as its nodes and clients on its real socket. One for each test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NumberedEvent, ParamsInputOf, ResultOf, RouterEvent } from '@task-router/protocol';
import { daemonRequests, protocolVersions } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import { startDaemon } from '../../daemon/src/compose.ts';
import type { RunningDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer, DemoServerId, DemoServerOptions } from '../../daemon/src/demo/index.ts';

type RunParams = Extract<ParamsInputOf<typeof daemonRequests.route>, { type: 'run' }>;
export type EventOf<Type extends RouterEvent['type']> = Extract<RouterEvent, { type: Type }>;

export interface Window {
  readonly client: DaemonClient;
  readonly events: NumberedEvent[];
  of<Type extends RouterEvent['type']>(type: Type, taskId?: string): EventOf<Type>[];
  /** The first that matches, seen or still to come. */
  until<Type extends RouterEvent['type']>(
    type: Type,
    matches?: (event: EventOf<Type>) => boolean,
  ): Promise<EventOf<Type>>;
  route(
    prompt: string,
    more?: Omit<Partial<RunParams>, 'task'> & { readonly task?: Partial<RunParams['task']> },
    signal?: AbortSignal,
  ): Promise<ResultOf<typeof daemonRequests.route>>;
}

export class DaemonHome {
  readonly home = mkdtempSync(join(tmpdir(), 'task-router-home-'));
  readonly paths = resolvePaths({ TASK_ROUTER_HOME: this.home });
  readonly #closers: (() => Promise<unknown>)[] = [];
  #daemon: RunningDaemon | null = null;
  #clients = 0;

  writeConfig(config: object): void {
    mkdirSync(this.home, { recursive: true });
    const discovery = { localServers: false, environmentKeys: false };
    writeFileSync(this.paths.configFile, JSON.stringify({ discovery, ...config }));
  }

  async start(config: object): Promise<void> {
    this.writeConfig(config);
    this.#daemon = await startDaemon({ paths: this.paths, idleMinutes: 0 });
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = null;
  }

  async server(id: DemoServerId = 'demo-fast', options: DemoServerOptions = {}): Promise<DemoServer> {
    const server = await startDemoServer(demoProfiles[id], { speed: 0, ...options });
    this.#closers.push(() => server.stop());
    return server;
  }

  async connect(clientId = `window-${String((this.#clients += 1)).padStart(4, '0')}`): Promise<Window> {
    const client = await DaemonClient.open(await connectToDaemon({ paths: this.paths }), {
      hello: {
        ...{ protocolVersions: [...protocolVersions], clientId, client: 'editor', clientVersion: '1' },
        ...{ trusted: true, editorModels: false },
      },
    });
    this.#closers.push(() => client.close());
    const events: NumberedEvent[] = [];
    client.onEvent((event) => events.push(event));
    return windowOf(client, events);
  }

  async dispose(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

function windowOf(client: DaemonClient, events: NumberedEvent[]): Window {
  return {
    client,
    events,
    of: (type, taskId) =>
      events.flatMap(({ event }) =>
        event.type === type && (taskId === undefined || ('taskId' in event && event.taskId === taskId))
          ? [event as never]
          : [],
      ),
    until: (type, matches = () => true) =>
      new Promise((resolve) => {
        const isIt = (event: RouterEvent): boolean => event.type === type && matches(event as never);
        const seen = events.find(({ event }) => isIt(event));
        if (seen) resolve(seen.event as never);
        client.onEvent(({ event }) => {
          if (isIt(event)) resolve(event as never);
        });
      }),
    route: (prompt, { task, ...more } = {}, signal) =>
      client.request(
        daemonRequests.route,
        { type: 'run', onDisconnect: 'continue', ...more, task: { prompt, ...task } },
        signal,
      ),
  };
}

/** A node of config.jsonc that is this server. */
export function nodeOf(server: DemoServer, id: string, more: object = {}): object {
  return { id, provider: server.provider, baseUrl: server.baseUrl, ...more };
}

/** Its one model with prices, so that calls cost money. */
export function pricedModels(
  server: DemoServer,
  prices: { readonly inputPerMTok: number; readonly outputPerMTok: number },
): object {
  return {
    models: server.models.map(({ id, contextWindow, maxOutputTokens }) => ({
      id,
      contextWindow,
      maxOutputTokens,
      prices,
    })),
  };
}

/** Requests for answers, in the order in which they arrived. */
export function answersOf(server: DemoServer) {
  return server.log().filter(({ stream }) => stream === true);
}

/** How many answers the server had under way at once, at most. */
export function mostAtOnce(server: DemoServer): number {
  const calls = answersOf(server).map(({ receivedAtMs, endedAtMs = Infinity }) => ({
    receivedAtMs,
    endedAtMs,
  }));
  return Math.max(
    0,
    ...calls.map(
      ({ receivedAtMs }) =>
        calls.filter((other) => other.receivedAtMs <= receivedAtMs && other.endedAtMs > receivedAtMs).length,
    ),
  );
}
