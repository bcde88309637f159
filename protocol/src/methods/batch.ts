/** Spreading tasks that come together over the routes there are, before any of them runs. */
import * as z from 'zod';
import { policyLayerSchema } from '../data/policy.ts';
import { taskKindSchema } from '../data/task.ts';
import { limits } from '../limits.ts';
import { request } from '../rpc.ts';

const id = z.string().max(limits.idChars);
const route = z.string().max(limits.nameChars);

export const planBatchRequest = request({
  method: 'router/planBatch',
  direction: 'clientToDaemon',
  summary:
    'Spreads a batch: which route each task should go to so that all are done early, and how even that is. Runs nothing.',
  params: z.strictObject({
    tasks: z
      .array(
        z.strictObject({
          id,
          /** Its beginning, to tell what kind of task it is. */
          prompt: z.string().max(limits.batchPromptChars),
          kind: taskKindSchema.optional(),
          /** Of prompt and context together. */
          chars: z.int().min(0).max(limits.contextBytes),
        }),
      )
      .min(1)
      .max(limits.batchTasks),
    policy: z.array(policyLayerSchema).max(10).default([]),
    allowFoundAccounts: z.boolean().default(false),
  }),
  result: z.strictObject({
    /** In the order of the tasks; null: no route is eligible. */
    assignment: z.array(z.strictObject({ id, route: route.nullable(), expectedMs: z.number().nullable() })),
    routes: z.array(z.strictObject({ route, slots: z.int().min(1), expectedMs: z.number() })),
    /** Standard deviation over mean of the times at which the routes would be done. */
    cv: z.number(),
    /** No assignment has less. */
    lowerBound: z.number(),
    status: z.enum(['reachedTarget', 'provenInfeasible', 'bestEffort']),
    reason: z.string().max(1000),
  }),
});
