/** Drill: where each kind of task would go when something fails. Decides only; nothing is sent to any model. */
import * as z from 'zod';
import { taskKindSchema } from '../data/task.ts';
import { limits } from '../limits.ts';
import { request } from '../rpc.ts';

export const drillFailures = [
  'none',
  'providerDown',
  'offline',
  'budgetZero',
  'quotaOut',
  'localUnloaded',
] as const;
export const drillFailureSchema = z.enum(drillFailures);
export type DrillFailure = z.infer<typeof drillFailureSchema>;

export const drillRequest = request({
  method: 'router/drill',
  direction: 'clientToDaemon',
  summary: 'Where a task of each kind would go under each failure, decided on the facts of this moment.',
  params: z.strictObject({ allowFoundAccounts: z.boolean().default(false) }),
  result: z.strictObject({
    cells: z.array(
      z.strictObject({
        kind: taskKindSchema,
        failure: drillFailureSchema,
        /** null: no route would be eligible. */
        route: z.string().max(limits.nameChars).nullable(),
        /** Why this route, or what stands in the way of all. */
        reason: z.string().max(2000),
      }),
    ),
  }),
});
