/** What was stored: totals, export, forgetting, and what another policy would have done with it. */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { outcomeStatusSchema } from '../data/outcome.ts';
import { policySchema } from '../data/policy.ts';
import { taskKindSchema } from '../data/task.ts';
import { request } from '../rpc.ts';

const id = z.string().max(limits.idChars);
const routeId = z.string().max(limits.nameChars);
const count = z.number().nullable();

export const routeTotalsSchema = z.strictObject({
  /** Empty: tasks that found no route. */
  routeId,
  tasks: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  costUsd: z.number(),
  /** Tasks of unknown cost; `costUsd` is then a lower bound. */
  unpriced: z.int(),
  totalMs: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedTokens: z.number(),
});

export const historyRequest = request({
  method: 'router/history',
  direction: 'clientToDaemon',
  summary:
    'What was spent and reached per route, from the beginning of the day (UTC) on which `sinceMs` falls.',
  params: z.strictObject({ sinceMs: z.int().min(0) }),
  result: z.strictObject({
    totals: z.array(routeTotalsSchema),
    decisions: z.int(),
    bytes: z.int(),
    retentionDays: z.int(),
  }),
});

const cursorSchema = z.strictObject({ createdAtMs: z.int(), decisionId: id });

export const historyRowSchema = z.strictObject({
  decisionId: id,
  taskId: id,
  createdAtMs: z.int(),
  kind: taskKindSchema,
  /** null unless config.jsonc keeps prompts. */
  prompt: z.string().nullable(),
  route: routeId.nullable(),
  status: outcomeStatusSchema.or(z.literal('running')),
  attempts: z.int(),
  finishReason: z.string().nullable(),
  queuedMs: count,
  firstTokenMs: count,
  totalMs: count,
  inputTokens: count,
  outputTokens: count,
  cachedInputTokens: count,
  reasoningTokens: count,
  costUsd: count,
  errorCode: z.string().nullable(),
  grade: z.enum(['good', 'bad']).nullable(),
});
export type HistoryRowView = z.infer<typeof historyRowSchema>;

/** Rows of one answer; with prompts kept, a page of them stays below the largest message. */
export const historyPageRows = 50;

export const historyPageRequest = request({
  method: 'router/historyPage',
  direction: 'clientToDaemon',
  summary:
    'A page of the stored decisions with how they ended, oldest first, for an export. `next` is null on the last page.',
  params: z.strictObject({ sinceMs: z.int().min(0), after: cursorSchema.nullable().default(null) }),
  result: z.strictObject({
    rows: z.array(historyRowSchema).max(historyPageRows),
    next: cursorSchema.nullable(),
  }),
});

export const clearHistoryRequest = request({
  method: 'router/clearHistory',
  direction: 'clientToDaemon',
  summary:
    'Forgets every ended task, what was noticed and learned from it, and overwrites it on disk. Running tasks, consents, budgets and what providers said of their limits stay. Cannot be undone; `confirmed` says that a person agreed.',
  params: z.strictObject({ confirmed: z.literal(true) }),
  result: z.strictObject({ removed: z.int() }),
});

const estimateSchema = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

const figureSchema = z.strictObject({
  /** What was measured under the policies of the time. */
  before: estimateSchema,
  /** What is estimated for the other policy; null: not enough data. */
  after: estimateSchema.nullable(),
  /** after - before; null: not enough data. */
  change: estimateSchema.nullable(),
});

export const replayRequest = request({
  method: 'router/replay',
  direction: 'clientToDaemon',
  summary:
    'Decides stored tasks again under another user policy, without any model call: which would move, and what that would change, with 95 % intervals.',
  params: z.strictObject({
    policy: policySchema,
    sinceMs: z.int().min(0),
    limit: z.int().min(1).max(20_000).default(5_000),
  }),
  result: z.strictObject({
    decisions: z.int(),
    /** Decisions of another engine version, which can't be made again in the same way. */
    skipped: z.int(),
    moved: z.int(),
    /** Tasks that would find no route at all. */
    unroutable: z.int(),
    moves: z.array(
      z.strictObject({
        from: routeId,
        to: routeId.nullable(),
        tasks: z.int(),
        /** Ended tasks on `to` that the estimate rests on. */
        evidence: z.int(),
      }),
    ),
    success: figureSchema,
    costUsd: figureSchema,
    totalMs: figureSchema,
    /** How many decisions the reweighted log is worth. */
    effectiveSampleSize: z.number(),
    /** Why there is no estimate; null: there is one. */
    notEnoughData: z.string().nullable(),
  }),
});
