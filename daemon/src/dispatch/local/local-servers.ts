/**
 * Servers on this machine as resources: what each has in memory, how long a load takes, what it really reads. Brings
 * the poller, the learned cold starts and the context guard together, for decisions, for attempts, and for the views.
 */
import type { NodeView, RouteView } from '@task-router/protocol';
import type {
  AttemptResult,
  Clock,
  Expected,
  LearnedWindow,
  LoadFacts,
  LoadableModel,
  RouteFacts,
} from '../../engine/index.ts';
import { estimateTokens, foreignQueueMs, loadDelay } from '../../engine/index.ts';
import type { ModelCall } from '../../providers/model-call.ts';
import type { ModelLoad, ServerLoad } from '../../providers/server-load.ts';
import type { Store } from '../../store/store.ts';
import type { AttemptEnd } from '../run/attempt-end.ts';
import type { AttemptRequest } from '../run/attempt.ts';
import { routeIdOf } from '../nodes/node.ts';
import type { Node, NodeModel } from '../nodes/node.ts';
import type { RouteRow } from '../decide/route-table.ts';
import { ColdStarts, withoutLoad } from './cold-starts.ts';
import { ContextGuard, longPromptChars } from './context-guard.ts';
import type { CutPrompt, WatchedPrompt } from './context-guard.ts';
import { FirstTokens } from './first-tokens.ts';
import { LoadPoller } from './load-poller.ts';
import { MemoryBudget } from './memory-budget.ts';

export interface LocalServersDeps {
  readonly clock: Clock;
  readonly store: Store;
  /** Memory of this machine. */
  readonly machineBytes: number;
  readonly nodes: () => readonly Node[];
  /** Calls of ours under way on a node. */
  readonly inFlight: (nodeId: string) => number;
  /** What a client sees has changed. */
  readonly onChange: () => void;
}

/** What a task needs of a local model. */
export interface LocalNeed {
  readonly tokens: number;
  /** Expected time of one call, in ms. */
  readonly callMs: number;
}

/** A call that was watched, from its start to its end. */
export interface WatchedCall {
  /** For the provider: what the server was seen to read, and what it says that it has loaded. */
  readonly windows: Pick<AttemptRequest, 'readsAtMost' | 'loadedWindow'>;
  /** Learns from the call. Bounded in time, never rejects. */
  end(end: AttemptEnd): Promise<CutPrompt | null>;
  /** The result as the route's performance may learn from it: without the time of a load. To be called after `end`. */
  warm<Result extends Pick<AttemptResult, 'firstTokenMs' | 'totalMs'>>(result: Result): Result;
}

export class LocalServers {
  readonly #deps: LocalServersDeps;
  readonly #poller: LoadPoller;
  readonly #coldStarts: ColdStarts;
  readonly #guard: ContextGuard;
  readonly #firstTokens: FirstTokens;
  readonly #budgets = new Map<string, MemoryBudget>();
  /** Calls of others at the last look, by node. */
  readonly #foreign = new Map<string, number>();
  /** Of those whose call ended in this turn of the event loop. */
  #behind: Promise<void> | null = null;

  constructor(deps: LocalServersDeps) {
    this.#deps = deps;
    this.#coldStarts = new ColdStarts(deps);
    this.#guard = new ContextGuard(deps);
    this.#firstTokens = new FirstTokens(deps.clock);
    this.#poller = new LoadPoller(deps.clock, (node, load, before) => {
      this.#observe(node, load, before);
    });
  }

  /** Asks servers whose last word is old; bounded in time, never rejects. */
  refresh(): Promise<void> {
    return this.#poller.refresh(this.#deps.nodes());
  }

  /** The load part of a route's facts. */
  facts({ node, model }: Pick<RouteRow, 'node' | 'model'>, need: LocalNeed): LoadFacts {
    const inFlight = this.#deps.inFlight(node.nodeId);
    const server = this.#poller.of(node);
    const slots = this.slots(node);
    if (server === null || !model.isLocal) return { inFlight, slots };
    const own = loadOf(server, node, model);
    const delay = loadDelay({
      model: this.#loadable(node, model.modelId, own),
      neededTokens: need.tokens,
      windowOnRequest: server.windowOnRequest,
      others: server.models
        .filter((other) => other !== own)
        .map((other) => this.#loadable(node, other.modelId, other)),
      capacityBytes: this.#budget(node.nodeId).bytes,
    });
    const calls = { ours: inFlight, foreign: this.#foreign.get(node.nodeId) ?? 0, slots };
    const queueMs = calls.foreign === 0 ? 0 : foreignQueueMs(calls, need.callMs);
    return { inFlight, slots, ...delay, queueMs };
  }

  /** Calls at once: as configured, else as the server says, else the usual number. */
  slots(node: Node): number | null {
    if (node.hasOwnSlots === true) return node.slots;
    return this.#poller.of(node)?.slots ?? node.slots;
  }

  /**
   * Tokens a prompt and its answer may have: the least of what is said, what is in force, and what was learned.
   * @param inputTokenFactor of the model, for one estimated token
   */
  window(
    { node, model, routeId }: Pick<RouteRow, 'node' | 'model' | 'routeId'>,
    inputTokenFactor: number,
  ): number | null {
    const server = this.#poller.of(node);
    const loaded = server === null ? null : (loadOf(server, node, model)?.windowTokens ?? null);
    const inForce = server?.windowOnRequest === false ? loaded : null;
    const learned = this.#guard.learned(routeId, loaded);
    // A window that the server enlarges when asked is asked for with the next call.
    const isFinal = learned !== null && (node.provider !== 'ollama' || learned.wasAsked);
    const stated = leastKnown(model.contextWindow, inForce);
    return isFinal ? leastKnown(stated, fitting(learned, inputTokenFactor)) : stated;
  }

  /** Longest first token of late, of prompts about as long with the model in memory; null: nothing to go by. */
  seenFirstTokenMs(
    { routeId, nodeId, load }: Pick<RouteFacts, 'routeId' | 'nodeId' | 'load'>,
    inputTokens: number,
  ): number | null {
    const isLoaded = load.state === 'loaded' || this.#firstTokens.isWarm(nodeId, routeId);
    return isLoaded ? this.#firstTokens.longestMs(routeId, inputTokens) : null;
  }

  /** To be called as the call begins. */
  watch(
    route: {
      readonly node: Node;
      readonly model: NodeModel;
      readonly load: LoadFacts;
      readonly inputTokens: number;
    },
    call: ModelCall,
    expected: Expected,
  ): WatchedCall {
    const { node, model, load } = route;
    const routeId = routeIdOf(node, model);
    const wasCold = load.state === 'cold';
    const firstToken = model.isLocal
      ? this.#firstTokens.watch(
          { nodeId: node.nodeId, routeId, isLoaded: load.state === 'loaded' },
          route.inputTokens,
        )
      : null;
    if (wasCold) this.#guard.wasCold(routeId);
    const prompt = this.#guard.watch(node, routeId, call);
    const reading = prompt === null ? undefined : readMeanwhile(prompt);
    const waitMs = (load.coldStartMs ?? 0) + (load.queueMs ?? 0);
    let loadMs = 0;
    const loadedWindow = this.#windowNow(node, model);
    return {
      windows: {
        readsAtMost: this.#guard.learned(routeId, loadedWindow)?.tokens,
        loadedWindow: loadedWindow ?? undefined,
      },
      end: async (end) => {
        clearTimeout(reading);
        loadMs = this.#coldStarts.observe({
          nodeId: node.nodeId,
          routeId,
          wasCold,
          bytes: this.#loadNow(node, model)?.bytes ?? null,
          reportedMs: end.loadMs ?? null,
          firstTokenMs: end.firstTokenMs,
          warmFirstTokenMs: Math.max(0, expected.firstTokenMs - waitMs),
        });
        firstToken?.(end);
        const asked = this.#poller.askAfterCall(node);
        if (prompt === null) return null;
        if (end.status !== 'succeeded') {
          prompt.cachedChars();
          return null;
        }
        // What was answered at once is read only now; the end of the answer does not wait for it.
        await this.#behindCommit();
        const told = {
          tokens: end.usage.inputTokens,
          countsCached: end.usage.cachedInputTokens !== null,
          askedWindow: end.askedWindow ?? null,
        };
        return this.#guard.judge(prompt, told, async () => {
          await asked;
          return this.#windowNow(node, model);
        });
      },
      warm: (result) => withoutLoad(result, loadMs),
    };
  }

  /** What the views show of a server beside its routes. */
  serverView(node: Node): Pick<NodeView, 'server'> {
    const load = this.#poller.of(node);
    if (load === null) return {};
    const loaded = load.models.filter(({ state }) => state === 'loaded');
    return {
      server: {
        loadedModels: loaded.length,
        loadedBytes: sumOrNull(loaded.map(({ bytes }) => bytes)),
        busySlots: load.busySlots,
      },
    };
  }

  routeView(node: Node, model: NodeModel): Pick<RouteView, 'load' | 'learnedWindow'> {
    const own = model.isLocal ? this.#loadNow(node, model) : null;
    const learned = this.#guard.learned(routeIdOf(node, model), own?.windowTokens ?? null);
    return {
      ...(own && {
        load: {
          state: own.state,
          windowTokens: own.windowTokens,
          bytes: own.bytes,
          gpuBytes: own.gpuBytes,
          unloadsAtMs: own.unloadsAtMs,
          coldStartMs: this.#loadable(node, model.modelId, own).coldStartMs,
        },
      }),
      ...(learned && {
        learnedWindow: {
          tokens: learned.tokens,
          readTokens: learned.readTokens,
          sentTokens: learned.sentTokens,
          atMs: learned.atMs,
        },
      }),
    };
  }

  /** Behind the commit of the outcome, which is at the end of this turn; one wait for all calls that end in it. */
  #behindCommit(): Promise<void> {
    return (this.#behind ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#behind = null;
        setImmediate(resolve);
      });
    }));
  }

  #observe(node: Node, load: ServerLoad, before: ServerLoad | null): void {
    this.#budget(node.nodeId).observe(before, load, this.#deps.clock.nowMs());
    const ours = this.#deps.inFlight(node.nodeId);
    this.#foreign.set(node.nodeId, Math.max(0, (load.busySlots ?? 0) - ours));
    for (const model of node.models) {
      if (loadOf(load, node, model)?.state === 'cold') this.#guard.wasCold(routeIdOf(node, model));
    }
    if (shown(load) !== shown(before)) this.#deps.onChange();
  }

  #loadNow(node: Node, model: NodeModel): ModelLoad | null {
    const server = this.#poller.of(node);
    return server === null ? null : loadOf(server, node, model);
  }

  #windowNow(node: Node, model: NodeModel): number | null {
    return this.#loadNow(node, model)?.windowTokens ?? null;
  }

  #loadable(node: Node, modelId: string | null, load: ModelLoad | null): LoadableModel {
    const bytes = load?.bytes ?? null;
    return {
      state: load?.state ?? 'unknown',
      windowTokens: load?.windowTokens ?? null,
      bytes,
      coldStartMs: this.#coldStarts.expectedMs(node.nodeId, `${node.nodeId}/${modelId ?? ''}`, bytes),
    };
  }

  #budget(nodeId: string): MemoryBudget {
    const budget = this.#budgets.get(nodeId) ?? new MemoryBudget(this.#deps.machineBytes);
    this.#budgets.set(nodeId, budget);
    return budget;
  }
}

/** A name without a tag means its `latest`; a server with one model may call it as it likes. */
function loadOf(server: ServerLoad, node: Node, { modelId }: NodeModel): ModelLoad | null {
  const named = server.models.find(
    (each) => each.modelId === modelId || each.modelId === `${modelId}:latest`,
  );
  if (named !== undefined) return named;
  const only = server.models.find((each) => each.modelId === null);
  return only !== undefined && node.models.length === 1 ? only : null;
}

/** What was learned on a text, in tokens as other tasks are estimated in: the model may make more of them. */
function fitting({ tokens, chars }: LearnedWindow, inputTokenFactor: number): number {
  return Math.min(tokens, Math.floor(estimateTokens(chars) * inputTokenFactor));
}

function leastKnown(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/**
 * A long prompt is read while its server works on it, which takes that much longer; unless it answers so soon that it would be
 * kept waiting.
 */
function readMeanwhile({ sentChars, read }: WatchedPrompt): NodeJS.Timeout | undefined {
  return sentChars < longPromptChars ? undefined : setTimeout(() => void read(), readAfterMs).unref();
}

const readAfterMs = 20;

function sumOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** What a change of is worth telling; when a model will be dropped moves with every call. */
function shown(load: ServerLoad | null): string {
  return JSON.stringify(load, (key, value: unknown) => (key === 'unloadsAtMs' ? undefined : value));
}
