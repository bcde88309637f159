/**
 * A whole daemon behind its real socket with demo servers as its models, for what has to be seen from outside when
 * servers fail. Everything runs in this process and is ended by `dispose`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome, ParamsInputOf, RouterEvent, TaskView, Transition } from '@task-router/protocol';
import { RouterError, daemonRequests, emptySnapshot, reduceSnapshot } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import { startDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer, DemoServerOptions } from '../../daemon/src/demo/index.ts';
import { writeDemoAnnouncement } from '../../daemon/src/dispatch/nodes/demo-announcement.ts';
import { hello } from './hello.ts';

type RunParams = Extract<ParamsInputOf<typeof daemonRequests.route>, { type: 'run' }>;

/** One demo server: `demo-strong` speaks Anthropic's wire, `demo-fast` OpenAI's, `demo-flaky` Ollama's. */
export interface ServerPlan extends DemoServerOptions {
  readonly id: `demo-${string}`;
  readonly profile: 'demo-strong' | 'demo-fast' | 'demo-flaky';
}

export interface RoutedTask {
  /** As a window shows it in the end. */
  readonly view: TaskView;
  readonly text: string;
  readonly transitions: readonly Transition[];
  readonly outcome: Outcome | null;
  readonly error: RouterError | null;
  readonly events: readonly RouterEvent[];
  readonly tookMs: number;
  readonly firstDeltaMs: number | null;
}

export interface FailoverStage {
  readonly client: DaemonClient;
  readonly server: (id: string) => DemoServer;
  readonly servers: readonly DemoServer[];
  readonly route: (
    prompt?: string,
    more?: Partial<Omit<RunParams, 'type'>>,
    signal?: AbortSignal,
  ) => Promise<RoutedTask>;
  readonly health: (serverId: string) => Promise<{ state: string; reason: string | null }>;
  /** Ends the daemon and starts another one in the same home. */
  readonly restart: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export async function startStage(plans: readonly ServerPlan[]): Promise<FailoverStage> {
  const home = mkdtempSync(join(tmpdir(), 'task-router-failover-'));
  const paths = resolvePaths({ TASK_ROUTER_HOME: home });
  const discovery = { localServers: false, environmentKeys: false };
  writeFileSync(paths.configFile, JSON.stringify({ discovery }));
  const servers = await Promise.all(
    plans.map(({ id, profile, ...options }) =>
      startDemoServer({ ...demoProfiles[profile], id }, { speed: 0, faults: [], ...options }),
    ),
  );
  const start = async () => {
    const started = await startDaemon({ paths, idleMinutes: 0 });
    if (started === null) throw new Error('another daemon holds the lock');
    return started;
  };
  let daemon = await start();
  writeDemoAnnouncement(paths.demoFile, {
    servers: servers.map(({ id, provider, baseUrl, models }) => ({
      id,
      provider,
      baseUrl,
      models: models.map((model) => model.id),
    })),
  });
  const open = async () =>
    DaemonClient.open(await connectToDaemon({ paths }), {
      hello: hello({ clientId: 'window-failover' }),
    });
  let client = await open();
  const server = (id: string): DemoServer => {
    const found = servers.find((each) => each.id === id);
    if (found === undefined) throw new Error(`there is no server ${id}`);
    return found;
  };
  return {
    get client() {
      return client;
    },
    servers,
    server,
    route: (prompt = 'say hello', more = {}, signal) => route(client, { prompt, more, signal }),
    async health(serverId) {
      const { nodes } = await client.request(daemonRequests.health, {});
      const seen = nodes.find(({ nodeId }) => nodeId === serverId)?.routes[0];
      return { state: seen?.state ?? 'gone', reason: seen?.stateReason ?? null };
    },
    async restart() {
      await client.close();
      await daemon.stop();
      daemon = await start();
      client = await open();
    },
    async dispose() {
      await client.close();
      await daemon.stop();
      await Promise.all(servers.map((each) => each.stop()));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

let tasks = 0;

/** Tasks run side by side, so each is told from the others by a prompt of its own. */
async function route(
  client: DaemonClient,
  {
    prompt,
    more,
    signal,
  }: {
    readonly prompt: string;
    readonly more: Partial<Omit<RunParams, 'type'>>;
    readonly signal: AbortSignal | undefined;
  },
): Promise<RoutedTask> {
  tasks += 1;
  const title = `${prompt} (${tasks})`;
  const startedAt = performance.now();
  const events: RouterEvent[] = [];
  let taskId: string | null = null;
  let firstDeltaMs: number | null = null;
  let state = emptySnapshot('test');
  const stop = client.onEvent(({ event }) => {
    if (event.type === 'taskStarted' && event.task.title === title) taskId = event.task.taskId;
    const its = event.type === 'taskStarted' ? event.task.taskId : 'taskId' in event ? event.taskId : null;
    if (its === null || its !== taskId) return;
    if (event.type === 'delta') firstDeltaMs ??= performance.now() - startedAt;
    events.push(event);
    state = reduceSnapshot(state, state.seq + 1, event);
  });
  let error: RouterError | null = null;
  try {
    const params = {
      type: 'run',
      onDisconnect: 'continue',
      ...more,
      task: { ...more.task, prompt: title },
    } as const;
    await client.request(daemonRequests.route, params, signal);
  } catch (thrown) {
    if (!(thrown instanceof RouterError)) throw thrown;
    error = thrown;
  } finally {
    stop();
  }
  const view = state.tasks[0];
  if (view === undefined) throw error ?? new Error('the task was never announced');
  const { text, transitions, outcome } = view;
  const tookMs = performance.now() - startedAt;
  return { view, text, transitions, outcome, error, events, tookMs, firstDeltaMs };
}
