/** Routing: run a task, list and explain decisions, grade answers. */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { decisionSchema, rejectionSchema } from '../data/decision.ts';
import { attemptSchema, outcomeSchema, outcomeStatusSchema, transitionSchema } from '../data/outcome.ts';
import { policyLayerSchema } from '../data/policy.ts';
import { allocationViewSchema } from '../data/resources.ts';
import { taskKindSchema, taskSchema } from '../data/task.ts';
import { request } from '../rpc.ts';

const id = z.string().max(limits.idChars);
const routeId = z.string().max(limits.nameChars);

const runSchema = z.strictObject({
  type: z.literal('run'),
  task: taskSchema,
  /** Layers of this task, widest first; the user level of config.jsonc is added by the daemon. */
  policy: z.array(policyLayerSchema).max(10).default([]),
  /** One-time confirmation for accounts that were merely found (`--allow-cloud`). */
  allowFoundAccounts: z.boolean().default(false),
  /** Use this route only. */
  pin: routeId.optional(),
  /** Never these routes: "retry on another". */
  exclude: z.array(routeId).max(200).default([]),
  retryOf: id.optional(),
  /** Takes a broken answer up again: its text so far, and the route that wrote it. */
  resume: z.strictObject({ text: z.string().min(1).max(limits.answerChars), route: routeId }).optional(),
  /** At a hard budget: `ask` pauses and asks this client, `fail` ends with `budget.exceeded`. */
  onBudget: z.enum(['ask', 'fail']).default('fail'),
  /** The task of the turn before in the same conversation: "yes, do it" goes on with it. */
  previousTaskId: id.optional(),
  /** What becomes of the task when this connection ends before the answer. */
  onDisconnect: z.enum(['continue', 'cancel']).default('cancel'),
});

const attachSchema = z.strictObject({ type: z.literal('attach'), taskId: id });

export const routeRequest = request({
  method: 'router/route',
  direction: 'clientToDaemon',
  summary:
    'Routes a task and answers when it has ended; everything on the way arrives as router/event. `attach` waits for a task that a reloaded window started before. Cancel with $/cancelRequest.',
  params: z.discriminatedUnion('type', [runSchema, attachSchema]),
  result: z.strictObject({ taskId: id, decisionId: id, outcome: outcomeSchema }),
});

export const answerRequest = request({
  method: 'router/answer',
  direction: 'clientToDaemon',
  summary:
    'The developer’s answer to the question of a task that stopped at a budget. `false` when the question is no longer asked.',
  params: z.strictObject({ taskId: id, questionId: id, answer: z.enum(['allowOnce', 'cancel']) }),
  result: z.strictObject({ accepted: z.boolean() }),
});

/** Newest first; `before` is the createdAtMs of the last row of the previous page. */
export const decisionsRequest = request({
  method: 'router/decisions',
  direction: 'clientToDaemon',
  summary: 'Lists stored decisions, newest first.',
  params: z.strictObject({
    limit: z.int().min(1).max(limits.decisionsPerPage).default(50),
    before: z.int().optional(),
  }),
  result: z.strictObject({
    decisions: z.array(
      z.strictObject({
        decisionId: id,
        taskId: id,
        createdAtMs: z.int(),
        kind: taskKindSchema,
        /** Prompt's first line when prompts are stored, otherwise null. */
        title: z.string().nullable(),
        route: routeId.nullable(),
        status: outcomeStatusSchema.or(z.literal('running')),
        attempts: z.int(),
        totalMs: z.number().nullable(),
        costUsd: z.number().nullable(),
        grade: z.enum(['good', 'bad']).nullable(),
      }),
    ),
  }),
});

export const explainRequest = request({
  method: 'router/explain',
  direction: 'clientToDaemon',
  summary:
    'The whole explanation of a stored decision with its attempts; `verify` decides again from the stored facts and compares bit for bit.',
  params: z.strictObject({ decisionId: id, verify: z.boolean().default(false) }),
  result: z.strictObject({
    decision: decisionSchema,
    attempts: z.array(attemptSchema),
    transitions: z.array(transitionSchema),
    /** What was weighed where something was short, of each time; absent: nothing was. */
    allocations: z.array(allocationViewSchema).max(20).optional(),
    outcome: outcomeSchema.nullable(),
    grade: z.enum(['good', 'bad']).nullable(),
    /** null without `verify`. */
    replay: z.strictObject({ identical: z.boolean(), difference: z.string().nullable() }).nullable(),
  }),
});

export const feedbackRequest = request({
  method: 'router/feedback',
  direction: 'clientToDaemon',
  summary: "Records the developer's grade of the answer a decision led to.",
  params: z.strictObject({ decisionId: id, grade: z.enum(['good', 'bad']) }),
  result: z.strictObject({ recorded: z.literal(true) }),
});

/** Data of the `route.none` error: what would have to give way for some route to become eligible. */
export const noRouteDataSchema = z.strictObject({
  rejections: z.array(z.strictObject({ route: routeId, rejection: rejectionSchema })),
});
