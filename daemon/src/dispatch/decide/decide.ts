/**
 * Makes one decision: gathers the facts, asks the engine (through the route cache), and puts the result into a record
 * that can be replayed bit for bit.
 */
import { performance } from 'node:perf_hooks';
import type { Task } from '@task-router/protocol';
import type { PreparedCandidates, SelectionInput, TaskFacts } from '../../engine/index.ts';
import { candidateKey, engineVersion, prepareCandidates, selectPrimaryRoute } from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';
import type { RouteHandles } from './facts.ts';
import type { Policies } from './policy-book.ts';
import type { RouteMemory } from '../memory/route-memory.ts';
import { sha256 } from './task-reader.ts';
import type { ReadTask, RunParams } from './task-reader.ts';

export interface DecideRequest {
  readonly decisionId: string;
  readonly taskId: string;
  readonly params: RunParams;
  readonly client: DecisionRecord['client'];
  readonly tool: { readonly keyId: string; readonly name: string } | null;
  readonly facts: TaskFacts;
  readonly conversationId: string;
  readonly read: ReadTask;
  /** Exploration and pacing, as the accounts stand. */
  readonly spending: Pick<SelectionInput, 'exploration' | 'pacing'>;
  readonly handles: RouteHandles;
  readonly policies: Policies;
  readonly seed: number;
  readonly nowMs: number;
  readonly memory: RouteMemory;
  readonly catalogVersion: string;
  readonly routingVersion: string;
  /** Time that gathering the facts took, in microseconds. */
  readonly gatheredInUs: number;
  readonly storePrompt: boolean;
}

export function decide(request: DecideRequest): DecisionRecord {
  const { handles, policies } = request;
  const input: SelectionInput = {
    task: request.facts,
    routes: handles.facts,
    policy: policies.layers,
    seed: request.seed,
    ...request.spending,
  };
  const startedAt = performance.now();
  const { table } = handles;
  const { prepared, key, isKnown } = candidatesOf(input, request);
  const selection = selectPrimaryRoute(input, prepared);
  const choseInUs = Math.round((performance.now() - startedAt) * 1000);
  const decidedInUs = request.read.tookUs + request.gatheredInUs + choseInUs;
  if (!isKnown) request.memory.keep(key, prepared);
  const { task } = request.params;
  return {
    decisionId: request.decisionId,
    taskId: request.taskId,
    retryOf: request.params.retryOf ?? null,
    createdAtMs: request.nowMs,
    client: request.client,
    ...(request.tool !== null && { tool: request.tool }),
    kind: request.facts.kind,
    conversationId: request.conversationId,
    promptSha256: request.read.promptSha256,
    promptChars: task.prompt.length,
    prompt: request.storePrompt ? task.prompt : null,
    context: task.context.map((span) => ({
      file: span.file,
      range: span.range ?? null,
      bytes: Buffer.byteLength(span.text),
      sha256: sha256(span.text),
    })),
    skippedContext: task.skippedContext,
    understanding: request.read.understanding,
    sketch: request.read.sketch,
    input,
    selection,
    labels: table.labels,
    cached: isKnown,
    decidedInUs,
    versions: {
      engine: engineVersion,
      policy: policies.version,
      catalog: request.catalogVersion,
      routing: request.routingVersion,
    },
    known: () => ({ ...table.known, policy: policies.facts }),
  };
}

/** The candidates of an input: from the route cache, else made; `key` is where they belong there. */
export function candidatesOf(
  input: SelectionInput,
  by: Pick<DecideRequest, 'handles' | 'policies' | 'catalogVersion' | 'memory'>,
): { readonly prepared: PreparedCandidates; readonly key: string; readonly isKnown: boolean } {
  const { standing } = by.handles.table;
  const key = candidateKey(input.task, by.policies.version, by.catalogVersion, standing);
  const prepare = () => prepareCandidates(input.task, input.routes, input.policy);
  const known = by.memory.lookup(key, prepare);
  return { prepared: known ?? prepare(), key, isKnown: known !== null };
}

/** Decides again from the stored facts and compares; null when bit for bit the same. */
export function replayDifference(record: DecisionRecord): string | null {
  if (record.versions.engine !== engineVersion) {
    return `decided by engine ${record.versions.engine}, this is ${engineVersion}`;
  }
  const again = selectPrimaryRoute(record.input);
  if (JSON.stringify(again) === JSON.stringify(record.selection)) return null;
  return `chose ${record.selection.chosen ?? 'nothing'} then, ${again.chosen ?? 'nothing'} now`;
}

/** Task as it is shown: the prompt's first line, shortened. */
export function taskTitle(task: Pick<Task, 'prompt'>): string {
  const line = task.prompt.trim().split(/\r?\n/, 1)[0] ?? '';
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}
