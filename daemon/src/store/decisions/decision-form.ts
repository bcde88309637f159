/**
 * How a decision stands in the file. What the row has in columns is not said again, what stands for many decisions is
 * named (`standing-facts.ts`), routes are told by their places, and the figures of routes and candidates, which would be
 * most of it, stand side by side as bytes, because to write a number out takes longer than to score by it. The rest is JSON
 * without the names of fields: the types below say what stands where. `parseDecision` gives back every record bit for
 * bit, also those of older daemons.
 */
import type { Needs, SelectionInput, TaskFacts, Understanding } from '../../engine/index.ts';
import {
  routesOf,
  selectionOf,
  storedRoutes,
  storedSelection,
  type StoredRoutes,
  type StoredSelection,
} from './decision-choice.ts';
import { RowReader, type FiguresText } from './figures.ts';
import { olderDecision, type OlderDecision } from './older-decisions.ts';
import type { DecisionRecord } from '../records.ts';
import type { KnownParts, ReadFacts, RoutesFacts } from '../standing-facts.ts';

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

/** What is absent in the record is null here, and so is what is as in the row's column. */
interface StoredDecision {
  /** Names of `RoutesFacts` and of the policy layers. */
  readonly facts: readonly [routes: string, policy: string];
  readonly asked: readonly [
    ...[retryOf: string | null, client: DecisionRecord['client']],
    ...[tool: readonly [keyId: string, name: string] | null, conversationId: string | null],
  ];
  readonly prompt: readonly [
    ...[promptSha256: string, promptChars: number, sketch: string | null],
    ...[context: DecisionRecord['context'], skippedContext: DecisionRecord['skippedContext']],
  ];
  readonly decided: readonly [cached: boolean, decidedInUs: number];
  readonly versions: readonly [engine: string, policy: string, catalog: string, routing: string | null];
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
  read: readonly [
    ...[kind: Understanding['kind'] | null, kindSource: Understanding['kindSource'], confidence: number],
    ...[taskClass: Understanding['taskClass'], language: string | null],
  ],
  asks: readonly [
    ...[isAgentic: boolean, needs: number, difficulty: number],
    qualityHeads: Understanding['qualityHeads'],
  ],
  guard: readonly [fired: boolean, similarity: number, reasons: Understanding['guard']['reasons']],
];

type StoredTask = readonly [
  asks: readonly [
    ...[taskId: string | null, kind: TaskFacts['kind'] | null, language: string | null],
    ...[inputTokens: number, outputTokens: number, needs: number],
  ],
  bounds: readonly [
    ...[priority: TaskFacts['priority'], deadlineMs: number | null, maxCostUsd: number | null],
    ...[pin: string | null, exclude: readonly string[]],
  ],
];

/** Without what is in columns and in standing facts. */
export function writeDecision(record: DecisionRecord, known: KnownParts): string {
  const { routes, policy, figures } = known;
  const { retryOf, client, tool, conversationId = null, promptSha256, promptChars, sketch = null } = record;
  const { context, skippedContext, cached, decidedInUs, versions, understanding, input } = record;
  const { seed, exploration = null, pacing = null } = input;
  // A record that could not be written may have left some.
  figures.clear();
  const stored: StoredDecision = {
    facts: [routes.name, policy.name],
    asked: [retryOf, client, tool === undefined ? null : [tool.keyId, tool.name], conversationId],
    prompt: [promptSha256, promptChars, sketch, context, skippedContext],
    decided: [cached, decidedInUs],
    versions: [versions.engine, versions.policy, versions.catalog, versions.routing ?? null],
    understanding: understanding === undefined ? null : storedUnderstanding(understanding, record),
    task: storedTask(input.task, record),
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
  const { decisionId, taskId, createdAtMs, kind, prompt, chosen } = row;
  const { labels, routes: standing } = readFacts(facts[0]) as RoutesFacts;
  const policy = readFacts(facts[1]) as SelectionInput['policy'];
  const [seed, exploration, pacing] = stored.input;
  const [cached, decidedInUs] = stored.decided;
  const [engine, policyVersion, catalog, routing] = stored.versions;
  const reader = new RowReader(stored.figures);
  const routes = routesOf(stored.routes, standing, reader);
  return {
    ...{ decisionId, taskId, createdAtMs, kind, prompt },
    ...askedOf(stored),
    ...{ cached, decidedInUs, labels },
    versions: { engine, policy: policyVersion, catalog, ...(routing !== null && { routing }) },
    ...(understanding !== null && { understanding: understandingOf(understanding, row) }),
    input: {
      task: taskOf(stored.task, row),
      ...{ routes, policy, seed },
      ...(exploration !== null && { exploration }),
      ...(pacing !== null && { pacing }),
    },
    selection: selectionOf(stored.selection, { routes, chosen, reader }),
  };
}

function askedOf({ asked, prompt }: Pick<StoredDecision, 'asked' | 'prompt'>) {
  const [retryOf, client, tool, conversationId] = asked;
  const [promptSha256, promptChars, sketch, context, skippedContext] = prompt;
  return {
    ...{ retryOf, client, promptSha256, promptChars, context, skippedContext },
    ...(tool !== null && { tool: { keyId: tool[0], name: tool[1] } }),
    ...(conversationId !== null && { conversationId }),
    ...(sketch !== null && { sketch }),
  };
}

function storedUnderstanding(of: Understanding, columns: Pick<DecisionRow, 'kind'>): StoredUnderstanding {
  const { kindSource, confidence, taskClass, language, isAgentic, needs, difficulty, qualityHeads } = of;
  const { fired, similarity, reasons } = of.guard;
  const kind = of.kind === columns.kind ? null : of.kind;
  return [
    [kind, kindSource, confidence, taskClass, language],
    [isAgentic, bitsOf(needs), difficulty, qualityHeads],
    [fired, similarity, reasons],
  ];
}

function understandingOf(stored: StoredUnderstanding, row: Pick<DecisionRow, 'kind'>): Understanding {
  const [[kind, kindSource, confidence, taskClass, language], asks, guard] = stored;
  const [isAgentic, needs, difficulty, qualityHeads] = asks;
  const [fired, similarity, reasons] = guard;
  return {
    ...{ kind: kind ?? row.kind, kindSource, confidence, taskClass, language, isAgentic },
    ...{ needs: needsOf(needs), difficulty, guard: { fired, similarity, reasons }, qualityHeads },
  };
}

function storedTask(task: TaskFacts, columns: Pick<DecisionRow, 'taskId' | 'kind'>): StoredTask {
  const { language, inputTokens, outputTokens, needs, priority, deadlineMs, maxCostUsd, pin, exclude } = task;
  const taskId = task.taskId === columns.taskId ? null : task.taskId;
  const kind = task.kind === columns.kind ? null : task.kind;
  return [
    [taskId, kind, language, inputTokens, outputTokens, bitsOf(needs)],
    [priority, deadlineMs, maxCostUsd, pin, exclude],
  ];
}

function taskOf([asks, bounds]: StoredTask, row: Pick<DecisionRow, 'taskId' | 'kind'>): TaskFacts {
  const [taskId, kind, language, inputTokens, outputTokens, needs] = asks;
  const [priority, deadlineMs, maxCostUsd, pin, exclude] = bounds;
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
