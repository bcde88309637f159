/**
 * How a decision stands in the file. What the row has in columns is not said again, what stands for many decisions is
 * named (`standing-facts.ts`), routes are told by their places, and the figures of routes and candidates, which would be
 * most of it, stand side by side as bytes, because to write a number out takes longer than to score by it. The rest is JSON
 * without the names of fields: the types below say what stands where. `parseDecision` gives back every record bit for
 * bit, also those of older daemons.
 */
import type { Needs, SelectionInput, TaskFacts, Understanding } from '../engine/index.ts';
import {
  routesOf,
  selectionOf,
  storedRoutes,
  storedSelection,
  type StoredRoutes,
  type StoredSelection,
} from './decision-choice.ts';
import type { StandingRoute } from './decision-figures.ts';
import { RowReader, type FiguresText } from './figures.ts';
import { olderDecision, type OlderDecision } from './older-decisions.ts';
import type { DecisionRecord } from './records.ts';
import type { KnownParts, ReadFacts } from './standing-facts.ts';

/** A decision's row. */
export interface DecisionRow {
  readonly decisionId: string;
  readonly taskId: string;
  readonly createdAtMs: number;
  readonly kind: DecisionRecord['kind'];
  readonly prompt: string | null;
  readonly chosen: string | null;
  readonly record: string;
}

/** What standing facts say of the routes. */
export interface RoutesFacts {
  readonly routes: readonly StandingRoute[];
  readonly labels: DecisionRecord['labels'];
}

/** What is absent in the record is null here, and so is what is as in the row's column. */
interface StoredDecision {
  /** Names of `RoutesFacts` and of the policy layers. */
  readonly facts: readonly [routes: string, policy: string];
  readonly head: readonly [
    ...[retryOf: string | null, client: DecisionRecord['client'], tool: readonly [string, string] | null],
    ...[conversationId: string | null, promptSha256: string, promptChars: number],
    ...[context: DecisionRecord['context'], skippedContext: DecisionRecord['skippedContext']],
    ...[sketch: string | null, cached: boolean, decidedInUs: number],
    ...[engine: string, policy: string, catalog: string, routing: string | null],
  ];
  readonly understanding: StoredUnderstanding | null;
  readonly task: StoredTask;
  readonly input: readonly [
    ...[seed: number, exploration: NonNullable<SelectionInput['exploration']> | null],
    pacing: NonNullable<SelectionInput['pacing']> | null,
  ];
  readonly routes: StoredRoutes;
  readonly selection: StoredSelection;
  readonly figures: FiguresText;
}

type StoredUnderstanding = readonly [
  ...[kind: Understanding['kind'] | null, kindSource: Understanding['kindSource'], confidence: number],
  ...[taskClass: Understanding['taskClass'], language: string | null, isAgentic: boolean, needs: number],
  ...[difficulty: number, fired: boolean, similarity: number, reasons: Understanding['guard']['reasons']],
  qualityHeads: Understanding['qualityHeads'],
];

type StoredTask = readonly [
  ...[taskId: string | null, kind: TaskFacts['kind'] | null, language: string | null],
  ...[inputTokens: number, outputTokens: number, needs: number, priority: TaskFacts['priority']],
  ...[deadlineMs: number | null, maxCostUsd: number | null, pin: string | null, exclude: readonly string[]],
];

/** Without what is in columns and in standing facts. */
export function writeDecision(record: DecisionRecord, known: KnownParts): string {
  const { routes, policy, figures } = known;
  const { input, understanding, kind } = record;
  const { seed, exploration = null, pacing = null } = input;
  // A record that could not be written may have left some.
  figures.clear();
  const stored: StoredDecision = {
    facts: [routes.name, policy.name],
    head: storedHead(record),
    understanding: understanding === undefined ? null : storedUnderstanding(understanding, kind),
    task: storedTask(record),
    input: [seed, exploration, pacing],
    routes: storedRoutes(input.routes, figures),
    selection: storedSelection(record.selection, known),
    figures: figures.text(),
  };
  return JSON.stringify(stored);
}

/** Throws where facts that it names are not to be had. */
export function parseDecision({ record, ...row }: DecisionRow, readFacts: ReadFacts): DecisionRecord {
  const parsed = JSON.parse(record) as OlderDecision | StoredDecision;
  return 'facts' in parsed ? decisionOf(parsed, row, readFacts) : olderDecision(parsed);
}

function decisionOf(
  stored: StoredDecision,
  row: Omit<DecisionRow, 'record'>,
  readFacts: ReadFacts,
): DecisionRecord {
  const { facts, understanding } = stored;
  const { chosen, ...columns } = row;
  const { labels, routes: standing } = readFacts(facts[0]) as RoutesFacts;
  const policy = readFacts(facts[1]) as SelectionInput['policy'];
  const [seed, exploration, pacing] = stored.input;
  const reader = new RowReader(stored.figures);
  const routes = routesOf(stored.routes, standing, reader);
  return {
    ...columns,
    ...headOf(stored.head),
    ...(understanding !== null && { understanding: understandingOf(understanding, row.kind) }),
    input: {
      task: taskOf(stored.task, row),
      ...{ routes, policy, seed },
      ...(exploration !== null && { exploration }),
      ...(pacing !== null && { pacing }),
    },
    selection: selectionOf(stored.selection, { routes, chosen, reader }),
    labels,
  };
}

function storedHead(record: DecisionRecord): StoredDecision['head'] {
  const { retryOf, client, tool, conversationId, promptSha256, promptChars } = record;
  const { context, skippedContext, sketch, cached, decidedInUs, versions } = record;
  const by = tool === undefined ? null : ([tool.keyId, tool.name] as const);
  return [
    ...([retryOf, client, by, conversationId ?? null, promptSha256, promptChars, context] as const),
    ...([skippedContext, sketch ?? null, cached, decidedInUs] as const),
    ...([versions.engine, versions.policy, versions.catalog, versions.routing ?? null] as const),
  ];
}

function headOf(head: StoredDecision['head']) {
  const [retryOf, client, tool, conversationId, promptSha256, promptChars, context, skippedContext] = head;
  const [, , , , , , , , sketch, cached, decidedInUs, engine, policy, catalog, routing] = head;
  return {
    ...{ retryOf, client, promptSha256, promptChars, context, skippedContext, cached, decidedInUs },
    ...(tool !== null && { tool: { keyId: tool[0], name: tool[1] } }),
    ...(conversationId !== null && { conversationId }),
    ...(sketch !== null && { sketch }),
    versions: { engine, policy, catalog, ...(routing !== null && { routing }) },
  };
}

function storedUnderstanding(of: Understanding, kind: DecisionRow['kind']): StoredUnderstanding {
  const { kindSource, confidence, taskClass, language, isAgentic, needs, difficulty, guard } = of;
  return [
    ...([of.kind === kind ? null : of.kind, kindSource, confidence, taskClass, language] as const),
    ...([isAgentic, bitsOf(needs), difficulty, guard.fired, guard.similarity, guard.reasons] as const),
    of.qualityHeads,
  ];
}

function understandingOf(stored: StoredUnderstanding, rowKind: DecisionRow['kind']): Understanding {
  const [kind, kindSource, confidence, taskClass, language, isAgentic, needs, difficulty] = stored;
  const [, , , , , , , , fired, similarity, reasons, qualityHeads] = stored;
  return {
    ...{ kind: kind ?? rowKind, kindSource, confidence, taskClass, language, isAgentic },
    ...{ needs: needsOf(needs), difficulty, guard: { fired, similarity, reasons }, qualityHeads },
  };
}

function storedTask({ input: { task }, taskId, kind }: DecisionRecord): StoredTask {
  const { language, inputTokens, outputTokens, needs, priority, deadlineMs, maxCostUsd, pin, exclude } = task;
  return [
    ...([task.taskId === taskId ? null : task.taskId, task.kind === kind ? null : task.kind] as const),
    ...([language, inputTokens, outputTokens, bitsOf(needs), priority, deadlineMs] as const),
    ...([maxCostUsd, pin, exclude] as const),
  ];
}

function taskOf(stored: StoredTask, row: Pick<DecisionRow, 'taskId' | 'kind'>): TaskFacts {
  const [taskId, kind, language, inputTokens, outputTokens, needs, priority] = stored;
  const [, , , , , , , deadlineMs, maxCostUsd, pin, exclude] = stored;
  return {
    ...{ taskId: taskId ?? row.taskId, kind: kind ?? row.kind, language, inputTokens, outputTokens },
    ...{ needs: needsOf(needs), priority, deadlineMs, maxCostUsd, pin, exclude },
  };
}

function bitsOf({ tools, vision, structuredOutput, reasoning }: Needs): number {
  return Number(tools) + 2 * Number(vision) + 4 * Number(structuredOutput) + 8 * Number(reasoning);
}

function needsOf(bits: number): Needs {
  const has = (bit: number) => (bits & bit) !== 0;
  return { tools: has(1), vision: has(2), structuredOutput: has(4), reasoning: has(8) };
}
