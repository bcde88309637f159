/**
 * The table of what the daemon answers: one entry per request of the protocol. A method that the protocol declares
 * and this table lacks, or answers with another shape, does not compile.
 */
import { Buffer } from 'node:buffer';
import type { ZodError } from 'zod';
import type { ParamsOf, RequestMethod, ResultOf } from '@task-router/protocol';
import { RouterError, daemonRequests, limits, routeRequest } from '@task-router/protocol';
import type { ClientContext, RouterService } from '../dispatch/service.ts';
import { type EndpointControl, admitSettings, admitTrusted } from './endpoint-control.ts';
import type { EventLog } from './event-log.ts';
import { invalidRequest } from './invalid-request.ts';

/** One request as it arrived. */
export interface Call {
  readonly client: ClientContext;
  /** Aborts on `$/cancelRequest`. */
  readonly cancelled: AbortSignal;
  /** Aborts when the connection ends. */
  readonly closed: AbortSignal;
}

type Requests = typeof daemonRequests;
type Name = keyof Requests;
type Handlers = {
  readonly [N in Name]: (params: ParamsOf<Requests[N]>, call: Call) => Promise<ResultOf<Requests[N]>>;
};

/** A request with its params still unchecked. Throws `RouterError` where anything is wrong with them. */
export interface BoundMethod {
  readonly method: string;
  readonly run: (params: unknown, call: Call) => Promise<unknown>;
}

export function bindMethods(
  service: RouterService,
  eventLog: EventLog,
  endpoint: EndpointControl,
): readonly BoundMethod[] {
  const handlers: Handlers = {
    route: (params, call) => service.route(admitTask(params, call.client), call.client, endOf(params, call)),
    planBatch: (params, { client }) => service.planBatch(params, client),
    answer: (params, { client }) => service.answer(params, client),
    spend: () => service.spend(),
    health: (params, { client }) => service.health(params, client),
    decisions: (params) => service.decisions(params),
    explain: (params) => service.explain(params),
    feedback: (params) => service.feedback(params),
    setKey: (params, { client }) => service.setKey(params, client),
    setProxy: (params, { client }) => service.setProxy(params, client),
    setRouteState: (params, { client }) => service.setRouteState(params, client),
    history: (params) => service.history(params),
    historyPage: (params) => service.historyPage(params),
    clearHistory: (params) => service.clearHistory(params),
    replay: (params, { cancelled, closed }) => service.replay(params, AbortSignal.any([cancelled, closed])),
    drill: (params, { client }) => service.drill(params, client),
    endpoint: () => Promise.resolve(endpoint.view()),
    configureEndpoint: async (params, { client }) => {
      admitSettings(client);
      return endpoint.configure(params);
    },
    createEndpointKey: async (params, { client }) => {
      admitTrusted(client.trusted);
      return Promise.resolve(endpoint.createKey(params));
    },
    revokeEndpointKey: async ({ id }) => Promise.resolve(endpoint.revokeKey(id)),
    snapshot: (_params, { client }) => Promise.resolve(eventLog.snapshot(client.clientId)),
  };
  return (Object.keys(handlers) as Name[]).map((name) => bind(name, handlers));
}

function bind(name: Name, handlers: Handlers): BoundMethod {
  const declared: RequestMethod = daemonRequests[name];
  // The schema that passes below is the one the handler's parameter is made of.
  const handler = handlers[name] as (params: unknown, call: Call) => Promise<unknown>;
  return {
    method: declared.method,
    run: (raw, call) => {
      const parsed = declared.params.safeParse(raw ?? {});
      if (!parsed.success) throw refusalOf(declared.method, parsed.error);
      return handler(parsed.data, call);
    },
  };
}

type RouteParams = ParamsOf<Requests['route']>;

/** What an untrusted window or a task that is too large is told before anything looks at the task. */
function admitTask(params: RouteParams, client: ClientContext): RouteParams {
  if (!client.trusted) {
    throw new RouterError(
      'task.untrusted',
      'This workspace is not trusted, so nothing of it is sent to a model.',
    );
  }
  if (params.type === 'run') {
    const bytes = params.task.context.reduce((total, span) => total + Buffer.byteLength(span.text), 0);
    if (bytes > limits.contextBytes) throw contextTooLarge();
  }
  return params;
}

/** A task ends with its connection unless it was asked to go on; one that was only attached to always goes on. */
function endOf(params: RouteParams, { cancelled, closed }: Call): AbortSignal {
  const endsWithConnection = params.type === 'run' && params.onDisconnect === 'cancel';
  return endsWithConnection ? AbortSignal.any([cancelled, closed]) : cancelled;
}

/** Two bounds that a developer can run into have codes of their own. */
function refusalOf(method: string, error: ZodError): RouterError {
  const tooBig = error.issues.find((issue) => issue.code === 'too_big');
  const [first, second, , last] = tooBig?.path ?? [];
  if (method === routeRequest.method && first === 'task') {
    if (second === 'prompt') {
      return new RouterError(
        'task.promptTooLong',
        `A task may have ${limits.promptChars} characters at most.`,
      );
    }
    if (second === 'context' && last === 'text') return contextTooLarge();
  }
  return invalidRequest(method, error);
}

function contextTooLarge(): RouterError {
  const megabytes = limits.contextBytes / 1024 / 1024;
  return new RouterError('task.contextTooLarge', `The context of a task may have ${megabytes} MB at most.`);
}
