/**
 * From a task as it arrived to its decision: understood, measured, put to the engine with all that is known of every
 * route it may see. Nothing is stored and nobody is told.
 */
import { performance } from 'node:perf_hooks';
import type { ConfigFile } from '../../config/config-file.ts';
import { catalogVersion } from '../../catalog/index.ts';
import type { Clock, SelectionInput, TaskFacts } from '../../engine/index.ts';
import { selectPrimaryRoute } from '../../engine/index.ts';
import { charsOf } from '../../providers/call-text.ts';
import type { ModelCall } from '../../providers/model-call.ts';
import type { DecisionRecord } from '../../store/records.ts';
import type { BalanceMemory } from '../memory/balance-memory.ts';
import { candidatesOf, decide } from './decide.ts';
import { RouteHandles, routeFacts } from './facts.ts';
import type { LocalServers } from '../local/local-servers.ts';
import type { NodeFleet } from '../nodes/fleet.ts';
import type { OutsideCall } from '../outside/outside-call.ts';
import type { Turn } from '../outside/turns.ts';
import type { Policies, PolicyBook } from './policy-book.ts';
import { buildCall } from './prompt.ts';
import type { QualityMemory } from '../memory/quality-memory.ts';
import type { ResourceDesk } from '../resources/desk.ts';
import { mayBeWaitedFor } from '../resources/worth-waiting.ts';
import type { RouteMemory } from '../memory/route-memory.ts';
import type { RouteStates } from '../health/route-states.ts';
import type { RouteTables } from './route-table.ts';
import type { OutsideAnswer } from '../outside/outside-answer.ts';
import type { Spending } from './spending.ts';
import { taskFacts } from './task-reader.ts';
import type { ReadTask, RunParams, TaskReader } from './task-reader.ts';
import type { TokenMemory } from '../memory/token-memory.ts';

export interface DecideTaskDeps {
  readonly clock: Clock;
  readonly config: ConfigFile;
  readonly fleet: NodeFleet;
  readonly states: RouteStates;
  readonly resources: ResourceDesk;
  readonly local: LocalServers;
  readonly tables: RouteTables;
  readonly policies: PolicyBook;
  readonly memory: RouteMemory;
  readonly balance: BalanceMemory;
  readonly reader: TaskReader;
  readonly quality: QualityMemory;
  readonly tokens: TokenMemory;
  readonly spending: Spending;
  readonly routingVersion: string;
  readonly createId: () => string;
  readonly createSeed: () => number;
}

export interface ArrivedTask {
  readonly taskId: string;
  readonly params: RunParams;
  readonly client: { readonly clientId: string; readonly client: DecisionRecord['client'] };
  readonly signal: AbortSignal;
  /** A call of another tool; absent: a task of ours. */
  readonly outside?: ArrivedCall;
}

export interface ArrivedCall {
  readonly call: OutsideCall;
  readonly answer: OutsideAnswer;
  /** The turn that it goes on with; null: it is a turn of its own. */
  readonly turn: Turn | null;
}

export interface Understood {
  readonly read: ReadTask;
  readonly facts: TaskFacts;
  readonly call: ModelCall;
  /** Characters of the call. */
  readonly chars: number;
}

export interface Decided {
  readonly record: DecisionRecord;
  readonly handles: RouteHandles;
}

/** The kind shapes the instructions, and their length is part of the size: so the kind comes first. */
export function understand({ taskId, params, outside }: ArrivedTask, reader: TaskReader): Understood {
  const read = outside?.turn?.read ?? reader.read(params);
  const { understanding } = read;
  const call = outside?.call.call ?? buildCall(params.task, understanding.kind);
  const chars = charsOf(call);
  const facts = taskFacts(taskId, params, { understanding, chars });
  const limit = outside?.call.maxOutputTokens ?? null;
  const outputTokens = limit === null ? facts.outputTokens : Math.min(facts.outputTokens, limit);
  return { read, call, chars, facts: { ...facts, outputTokens } };
}

/** Where nothing is free at this moment, among the routes that will be: the task then waits for the chosen one. */
export function decideTask(task: ArrivedTask, { read, facts }: Understood, deps: DecideTaskDeps): Decided {
  const startedAt = performance.now();
  const handles = currentHandles(task, { read, facts }, deps);
  const forPin = task.outside === undefined ? facts : withPin(facts, handles);
  const decision = { decisionId: deps.createId(), facts: forPin, read, startedAt };
  const decided = decideAmong(task, { ...decision, handles }, deps);
  if (decided.record.selection.chosen !== null) return decided;
  const waited = mayBeWaitedFor(handles.list(), {
    states: deps.states,
    quotas: deps.resources.quotas,
    nowMs: deps.clock.nowMs(),
  });
  if (waited === null) return decided;
  const lifted = new RouteHandles(
    handles.table,
    waited.map((handle) => handle.facts),
  );
  const later = decideAmong(task, { ...decision, handles: lifted }, deps);
  return later.record.selection.chosen === null ? decided : later;
}

/**
 * A later call of a turn: its decision stands as long as its route is still eligible, with the sizes and the facts of now;
 * null: it is to be decided anew. Nothing of this is another decision, so the record stays the one that was stored.
 */
export function goOnWith(
  turn: Turn,
  task: ArrivedTask,
  understood: Understood,
  deps: DecideTaskDeps,
): Decided | null {
  const handles = currentHandles(task, understood, deps);
  const { record } = turn;
  const policies = policiesOf(task.params, deps);
  const input: SelectionInput = {
    task: withPin({ ...understood.facts, taskId: record.taskId }, handles),
    routes: handles.facts,
    policy: policies.layers,
    seed: record.input.seed,
  };
  const { prepared } = candidatesOf(input, { handles, policies, catalogVersion, memory: deps.memory });
  const selection = selectPrimaryRoute(input, prepared);
  const { routeId } = turn;
  if (!selection.ranked.includes(routeId)) return null;
  const ranked = [routeId, ...selection.ranked.filter((each) => each !== routeId)];
  const { known: _, ...stored } = record;
  return { record: { ...stored, input, selection: { ...selection, chosen: routeId, ranked } }, handles };
}

/**
 * Who names a route knows it: what nobody has said of its abilities is left to it. Among routes to choose from, an unknown
 * ability satisfies no need.
 */
function withPin(facts: TaskFacts, handles: RouteHandles): TaskFacts {
  const pinned = facts.pin === null ? undefined : handles.get(facts.pin);
  if (pinned === undefined) return facts;
  const { capabilities } = pinned.facts;
  const isNeeded = (need: keyof TaskFacts['needs']) => facts.needs[need] && capabilities[need] !== null;
  return {
    ...facts,
    needs: {
      tools: isNeeded('tools'),
      vision: isNeeded('vision'),
      structuredOutput: isNeeded('structuredOutput'),
      reasoning: isNeeded('reasoning'),
    },
  };
}

/** The routes a task may see, with everything known of them. */
export function currentHandles(
  { taskId, client, params, outside }: Pick<ArrivedTask, 'taskId' | 'client' | 'params' | 'outside'>,
  { read, facts }: Pick<Understood, 'read' | 'facts'>,
  deps: DecideTaskDeps,
): RouteHandles {
  const { states, tokens, local, balance } = deps;
  const nodes = deps.fleet.registry.visibleTo(client.clientId);
  const table = deps.tables.of(nodes, params.allowFoundAccounts);
  const nowMs = deps.clock.nowMs();
  const qualityOf = deps.quality.forTask(read);
  // Of its own: what it draws is part of the facts, and stored with them.
  const seed = deps.createSeed();
  const conversationId = balance.conversationIdOf(taskId, params);
  const { objective } = policiesOf(params, deps);
  const sources = { table, states, tokens, local, task: facts, qualityOf, nowMs, seed, call: outside?.call };
  const routes = routeFacts(sources, (known) =>
    balance.predict(known, table, { facts, conversationId, objective }),
  );
  return new RouteHandles(table, routes);
}

function decideAmong(
  { params, client, taskId, outside }: ArrivedTask,
  decision: {
    readonly decisionId: string;
    readonly facts: TaskFacts;
    readonly read: ReadTask;
    readonly handles: RouteHandles;
    /** When the facts began to be gathered, by `performance.now`. */
    readonly startedAt: number;
  },
  deps: DecideTaskDeps,
): Decided {
  const config = deps.config.current();
  const { handles, startedAt } = decision;
  const policies = policiesOf(params, deps);
  const { exploration, ...spending } = deps.spending.facts(params, policies.each, config.budgets);
  // A warm conversation is no place to try things: what is learned is worth less than the cold prefix.
  const isWarm = handles.facts.some(({ predicted }) => (predicted?.cachedTokens ?? 0) > 0);
  const record = decide({
    ...decision,
    taskId,
    params,
    client: client.client,
    tool: toolOf(outside),
    policies,
    conversationId: deps.balance.conversationIdOf(taskId, params),
    spending: exploration === undefined || isWarm ? spending : { ...spending, exploration },
    gatheredInUs: Math.round((performance.now() - startedAt) * 1000),
    routingVersion: deps.routingVersion,
    seed: deps.createSeed(),
    nowMs: deps.clock.nowMs(),
    memory: deps.memory,
    catalogVersion,
    storePrompt: config.history.storePrompts,
  });
  return { record, handles };
}

/** The user level stands in config.jsonc; everything below it came with the task. */
export function policiesOf(
  { policy }: Pick<RunParams, 'policy'>,
  deps: Pick<DecideTaskDeps, 'config' | 'policies'>,
): Policies {
  return deps.policies.of(deps.config.current().policy, policy);
}

function toolOf(outside: ArrivedCall | undefined): NonNullable<DecisionRecord['tool']> | null {
  if (outside === undefined) return null;
  const { keyId, name } = outside.call.tool;
  return { keyId, name };
}
