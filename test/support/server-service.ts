/**
 * A scripted `RouterService`: real answers in the protocol's shapes, and a `route` that each test writes itself. It
 * stands where dispatch stands, so the server is tested with everything but routing.
 */
import type {
  EndpointView,
  NodeView,
  Outcome,
  ParamsInputOf,
  ParamsOf,
  ResultOf,
  daemonRequests,
} from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type { EndpointControl } from '../../daemon/src/server/endpoint-control.ts';
import type { ClientContext, EventSink, RouterService } from '../../daemon/src/dispatch/service.ts';
import { outcomeSample, taskSample } from './wire-samples.ts';

const endpointView: EndpointView = {
  ...{
    enabled: false,
    enabledBy: [],
    port: 14_114,
    address: null,
    problem: null,
    keys: [],
    requestsToday: 0,
  },
};

/** Stands where the endpoint for other tools stands: off, and with no key to make. */
export const noEndpoint: EndpointControl = {
  view: () => endpointView,
  configure: () => Promise.resolve(endpointView),
  createKey: () => {
    throw new RouterError('endpoint.tooManyKeys', 'No keys here.');
  },
  revokeKey: () => {
    throw new RouterError('endpoint.keyNotFound', 'No keys here.');
  },
};

const noCache = {
  ...{ capacity: 1, entries: 0, bytes: 0, hits: 0, misses: 0, usageCount: 0, lastUsedAtMs: null },
  ...{ evictions: 0, staleServed: 0, invalidations: 0, epoch: 0 },
};

type Requests = typeof daemonRequests;
export type RouteParams = ParamsOf<Requests['route']>;
export type RouteResult = ResultOf<Requests['route']>;

export interface ScriptedCall {
  readonly params: RouteParams;
  readonly client: ClientContext;
  readonly signal: AbortSignal;
  readonly taskId: string;
}

export const outcome: Outcome = outcomeSample({
  route: 'local/small',
  timings: { queuedMs: 0, firstTokenMs: 5, totalMs: 10 },
  tokens: { input: 1, output: 2, cachedInput: null, reasoning: null },
  costUsd: 0,
});

export const node: NodeView = {
  nodeId: 'local',
  provider: 'ollama',
  label: 'Local',
  origin: 'discovered',
  baseUrl: 'http://127.0.0.1:11434',
  isLocal: true,
  isDemo: false,
  access: 'ready',
  accessHint: null,
  keySource: 'none',
  slots: null,
  routes: [],
};

/** Params of a task as a client writes them. */
export function run(
  prompt: string,
  more: Partial<ParamsInputOf<Requests['route']>> = {},
): ParamsInputOf<Requests['route']> {
  return { type: 'run', task: { prompt }, ...more } as ParamsInputOf<Requests['route']>;
}

export class ScriptedService implements RouterService {
  readonly connected: ClientContext[] = [];
  readonly routed: ScriptedCall[] = [];
  readonly keys: ParamsOf<Requests['setKey']>[] = [];
  /** What a routed task does; by default it streams two deltas and succeeds. */
  script: (call: ScriptedCall, events: EventSink) => Promise<RouteResult>;
  healthError: Error | null = null;
  readonly #events: EventSink;
  #tasks = 0;

  constructor(events: EventSink) {
    this.#events = events;
    this.script = async ({ taskId, client }) => {
      for (const text of ['Hello ', 'world']) events.emit(client.clientId, { type: 'delta', taskId, text });
      return this.finish(client.clientId, taskId);
    };
  }

  /** Announces the outcome and makes the answer. */
  finish(clientId: string, taskId: string, ending: Outcome = outcome): RouteResult {
    this.#events.emit(clientId, { type: 'outcome', taskId, outcome: ending });
    return { taskId, decisionId: `decision-${taskId}`, outcome: ending };
  }

  route(params: RouteParams, client: ClientContext, signal: AbortSignal): Promise<RouteResult> {
    this.#tasks += 1;
    const taskId = params.type === 'attach' ? params.taskId : `task-${this.#tasks}`;
    const call = { params, client, signal, taskId };
    this.routed.push(call);
    if (params.type === 'run')
      this.#events.emit(client.clientId, { type: 'taskStarted', task: taskSample({ taskId }) });
    return this.script(call, this.#events);
  }

  /** Plans nothing: every task may go anywhere. */
  planBatch({ tasks }: ParamsOf<Requests['planBatch']>): Promise<ResultOf<Requests['planBatch']>> {
    const assignment = tasks.map(({ id }) => ({ id, route: null, expectedMs: null }));
    return Promise.resolve({
      ...{ assignment, routes: [], cv: 0, lowerBound: 0, status: 'reachedTarget', reason: 'No route.' },
    });
  }

  async health(): Promise<ResultOf<Requests['health']>> {
    if (this.healthError !== null) throw this.healthError;
    return {
      nodes: [node],
      daemon: {
        pid: process.pid,
        version: '0.0.0',
        startedAtMs: 1,
        rssMb: 1,
        clients: this.connected.length,
        runningTasks: 0,
        store: { mode: 'memory', reason: 'test', notice: null, decisions: 0, bytes: 0 },
      },
      cache: { ...noCache, features: noCache },
      alarms: [],
    };
  }

  async decisions(): Promise<ResultOf<Requests['decisions']>> {
    return { decisions: [] };
  }

  async explain(): Promise<ResultOf<Requests['explain']>> {
    throw new Error('not scripted');
  }

  async feedback(): Promise<ResultOf<Requests['feedback']>> {
    return { recorded: true };
  }

  async answer(): Promise<ResultOf<Requests['answer']>> {
    return { accepted: false };
  }

  async spend(): Promise<ResultOf<Requests['spend']>> {
    const nothing = { settledUsd: 0, plusMinusUsd: 0, calls: 0, unknownCalls: 0 };
    return { atMs: 1, today: nothing, month: nothing, heldUsd: 0, budgets: [], providers: [] };
  }

  setProxy(): Promise<ResultOf<Requests['setProxy']>> {
    return Promise.resolve({ proxy: null });
  }

  async setKey(params: ParamsOf<Requests['setKey']>): Promise<ResultOf<Requests['setKey']>> {
    this.keys.push(params);
    return { check: { status: 'notChecked', message: '', models: null } };
  }

  async setRouteState(): Promise<ResultOf<Requests['setRouteState']>> {
    return { changes: [], message: '' };
  }

  async history(): Promise<ResultOf<Requests['history']>> {
    return { totals: [], decisions: 0, bytes: 0, retentionDays: 90 };
  }

  async historyPage(): Promise<ResultOf<Requests['historyPage']>> {
    return { rows: [], next: null };
  }

  async clearHistory(): Promise<ResultOf<Requests['clearHistory']>> {
    return { removed: 0 };
  }

  async replay(): Promise<ResultOf<Requests['replay']>> {
    throw new Error('not scripted');
  }

  async drill(): Promise<ResultOf<Requests['drill']>> {
    return { cells: [] };
  }

  clientConnected(client: ClientContext): () => void {
    this.connected.push(client);
    return () => this.connected.splice(this.connected.indexOf(client), 1);
  }

  currentState(): ReturnType<RouterService['currentState']> {
    return { nodes: [node], configProblems: [], wantedKeys: [] };
  }
}
