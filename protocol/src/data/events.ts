/**
 * What a client sees happen, in order. Each client (one editor window, one CLI run) has its own gap-free sequence;
 * a client that reconnects names the last number it saw and gets the rest, or a snapshot when the log no longer
 * reaches back (or the daemon is another process: `epoch` differs).
 */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { daemonViewSchema } from './monitoring.ts';
import { decisionSchema } from './decision.ts';
import { outcomeSchema, transitionSchema, wireErrorSchema } from './outcome.ts';
import { allocationViewSchema, budgetQuestionSchema, queueViewSchema } from './resources.ts';
import { nodeViewSchema } from './route.ts';
import { spendViewSchema } from './spend.ts';
import { taskKindSchema } from './task.ts';

const taskId = z.string().max(limits.idChars);

/** A task as a window shows it; the daemon keeps it so that a reload loses nothing. */
export const taskViewSchema = z.strictObject({
  taskId,
  /** Prompt's first line, shortened to 120 characters. */
  title: z.string().max(200),
  kind: taskKindSchema,
  startedAtMs: z.int(),
  /** The other tool that asked through the endpoint; absent: a task of this editor or of the command line. */
  tool: z.string().max(limits.nameChars).optional(),
  /** Retry of this earlier task, if so. */
  retryOf: taskId.nullable(),
  decision: decisionSchema.nullable(),
  transitions: z.array(transitionSchema),
  /** While it waits in line. */
  queue: queueViewSchema.optional(),
  /** While it waits for the developer's word. */
  question: budgetQuestionSchema.optional(),
  /** How the resources of its attempts were found, newest last. */
  allocations: z.array(allocationViewSchema).max(100).optional(),
  /** Answer so far. */
  text: z.string(),
  /** True when the kept text was cut at `limits.answerChars`. */
  textTruncated: z.boolean(),
  outcome: outcomeSchema.nullable(),
  error: wireErrorSchema.nullable(),
});
export type TaskView = z.infer<typeof taskViewSchema>;

/** A key the daemon would like a client to look up in its own environment (daemon.md 6). */
export const wantedKeySchema = z.strictObject({
  nodeId: z.string().max(limits.idChars),
  env: z.string().max(limits.nameChars),
});
export type WantedKey = z.infer<typeof wantedKeySchema>;

export const configProblemSchema = z.strictObject({
  code: z.string().max(100),
  message: z.string().max(2000),
  next: z.string().max(2000),
  /** 1-based; null when the file could not be read at all. */
  line: z.int().nullable(),
});
export type ConfigProblem = z.infer<typeof configProblemSchema>;

export const routerEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('taskStarted'), task: taskViewSchema }),
  z.strictObject({ type: z.literal('decision'), taskId, decision: decisionSchema }),
  z.strictObject({ type: z.literal('delta'), taskId, text: z.string() }),
  z.strictObject({ type: z.literal('transition'), taskId, transition: transitionSchema }),
  /** null: it waits no longer. */
  z.strictObject({ type: z.literal('queued'), taskId, queue: queueViewSchema.nullable() }),
  /** null: answered, or no longer asked. */
  z.strictObject({ type: z.literal('question'), taskId, question: budgetQuestionSchema.nullable() }),
  z.strictObject({ type: z.literal('allocation'), taskId, allocation: allocationViewSchema }),
  z.strictObject({ type: z.literal('outcome'), taskId, outcome: outcomeSchema }),
  z.strictObject({ type: z.literal('error'), taskId, error: wireErrorSchema }),
  z.strictObject({
    type: z.literal('health'),
    nodes: z.array(nodeViewSchema),
    daemon: daemonViewSchema.optional(),
  }),
  z.strictObject({ type: z.literal('spend'), spend: spendViewSchema }),
  /** A soft budget is exceeded: told once a day for each. */
  z.strictObject({ type: z.literal('budgetWarning'), message: z.string().max(1000) }),
  /** *Clear History*, from whichever client: tasks that have ended are forgotten everywhere. */
  z.strictObject({ type: z.literal('historyCleared') }),
  z.strictObject({
    type: z.literal('config'),
    problems: z.array(configProblemSchema),
    wantedKeys: z.array(wantedKeySchema),
  }),
]);
export type RouterEvent = z.infer<typeof routerEventSchema>;

export const numberedEventSchema = z.strictObject({ seq: z.int().min(1), event: routerEventSchema });
export type NumberedEvent = z.infer<typeof numberedEventSchema>;

export const snapshotSchema = z.strictObject({
  epoch: z.string().max(limits.idChars),
  /** The number of the last event this snapshot includes. */
  seq: z.int().min(0),
  /** This client's tasks, oldest first; finished ones are kept up to a bound. */
  tasks: z.array(taskViewSchema),
  nodes: z.array(nodeViewSchema),
  /** Absent: an older daemon, or one that has not said yet. */
  daemon: daemonViewSchema.optional(),
  spend: spendViewSchema.optional(),
  configProblems: z.array(configProblemSchema),
  wantedKeys: z.array(wantedKeySchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
