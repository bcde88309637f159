/**
 * What the server offers to clients, as dispatch provides it: one function per request of the protocol, in protocol
 * data. The server knows sockets and JSON-RPC and nothing of routing; dispatch knows routing and nothing of sockets.
 */
import type {
  ConfigProblem,
  DaemonView,
  EditorModel,
  LmPart,
  NodeView,
  ParamsOf,
  ResultOf,
  RouterEvent,
  SpendView,
  WantedKey,
  daemonRequests,
  lmRequest,
} from '@task-router/protocol';

type Requests = typeof daemonRequests;
type Answer<Name extends keyof Requests> = Promise<ResultOf<Requests[Name]>>;

/** A connected client as the handshake established it. */
export interface ClientContext {
  /** Stable over reloads of one window. */
  readonly clientId: string;
  readonly client: 'editor' | 'cli';
  /** An untrusted window may look, not route. */
  readonly trusted: boolean;
  /** The window's own models, when it offers them. */
  readonly editorModels: EditorModelsPort | null;
}

/** The reverse calls to one window. Both reject when the window goes away. */
export interface EditorModelsPort {
  inventory(
    knownVersion: number | null,
    signal: AbortSignal,
  ): Promise<{ version: number; models: readonly EditorModel[] }>;
  request(
    params: Omit<ParamsOf<typeof lmRequest>, 'partialResultToken'>,
    onPart: (part: LmPart) => void,
    signal: AbortSignal,
  ): Promise<ResultOf<typeof lmRequest>>;
}

export interface RouterService {
  /** Rejects with `RouterError`. Aborting `signal` cancels the task (its outcome is then `cancelled`). */
  route(params: ParamsOf<Requests['route']>, client: ClientContext, signal: AbortSignal): Answer<'route'>;
  /** Says where each task of a batch is best sent; runs nothing. */
  planBatch(params: ParamsOf<Requests['planBatch']>, client: ClientContext): Answer<'planBatch'>;
  health(params: ParamsOf<Requests['health']>, client: ClientContext): Answer<'health'>;
  decisions(params: ParamsOf<Requests['decisions']>): Answer<'decisions'>;
  explain(params: ParamsOf<Requests['explain']>): Answer<'explain'>;
  feedback(params: ParamsOf<Requests['feedback']>): Answer<'feedback'>;
  /** The developer's answer to a task's question. */
  answer(params: ParamsOf<Requests['answer']>, client: ClientContext): Answer<'answer'>;
  spend(): Answer<'spend'>;
  setKey(params: ParamsOf<Requests['setKey']>, client: ClientContext): Answer<'setKey'>;
  setProxy(params: ParamsOf<Requests['setProxy']>, client: ClientContext): Answer<'setProxy'>;
  /** Rejects with `health.*` where the action can't be done. */
  setRouteState(params: ParamsOf<Requests['setRouteState']>, client: ClientContext): Answer<'setRouteState'>;
  history(params: ParamsOf<Requests['history']>): Answer<'history'>;
  historyPage(params: ParamsOf<Requests['historyPage']>): Answer<'historyPage'>;
  clearHistory(params: ParamsOf<Requests['clearHistory']>): Answer<'clearHistory'>;
  /** Rejects when aborted. */
  replay(params: ParamsOf<Requests['replay']>, signal: AbortSignal): Answer<'replay'>;
  drill(params: ParamsOf<Requests['drill']>, client: ClientContext): Answer<'drill'>;

  /** A client came: its models may be used for its tasks until the returned function is called. */
  clientConnected(client: ClientContext): () => void;
  /** What a fresh snapshot for this client starts from. */
  currentState(clientId: string): {
    readonly nodes: readonly NodeView[];
    readonly daemon?: DaemonView;
    readonly configProblems: readonly ConfigProblem[];
    readonly wantedKeys: readonly WantedKey[];
    readonly spend?: SpendView;
  };
}

/** Where dispatch announces what happens; the server numbers, keeps and delivers it. */
export interface EventSink {
  /** To one client's stream, whether or not it is connected at the moment. */
  emit(clientId: string, event: RouterEvent): void;
  /** Clients with a stream, for events that each must see in its own form. */
  clientIds(): readonly string[];
}
