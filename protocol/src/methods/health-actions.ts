/** What people do to a route or a whole node: look at it now, take it out of use, put it back, take back what was done. */
import * as z from 'zod';
import { healthStateSchema } from '../data/route.ts';
import { limits } from '../limits.ts';
import { request } from '../rpc.ts';

export const healthActions = ['probe', 'drain', 'disable', 'enable', 'undo'] as const;
export const healthActionSchema = z.enum(healthActions);
export type HealthActionName = z.infer<typeof healthActionSchema>;

export const healthTargetSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('route'), routeId: z.string().min(1).max(limits.nameChars) }),
  z.strictObject({ type: z.literal('node'), nodeId: z.string().min(1).max(limits.idChars) }),
]);
export type HealthTarget = z.infer<typeof healthTargetSchema>;

export const setRouteStateRequest = request({
  method: 'router/setRouteState',
  direction: 'clientToDaemon',
  summary:
    'Probes, drains, disables or enables a route or a whole node, or takes back what is being done to it. Kept over a restart. The same again changes nothing; another change of the same target is accepted once a minute, enabling and undoing always.',
  params: z.strictObject({
    target: healthTargetSchema,
    action: healthActionSchema,
    /** A person agreed to it although it is the last route that some kind of task could use. */
    confirmed: z.boolean().default(false),
    /** Say what would change, and change nothing. */
    dryRun: z.boolean().default(false),
  }),
  result: z.strictObject({
    /** Routes whose state changed; empty: it was so already. */
    changes: z.array(
      z.strictObject({
        routeId: z.string().max(limits.nameChars),
        from: healthStateSchema,
        to: healthStateSchema,
        reason: z.string().max(1000).nullable(),
      }),
    ),
    /** What was done, in a sentence. */
    message: z.string().max(1000),
  }),
});
