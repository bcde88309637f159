/** Following the daemon: events, snapshots, health. */
import * as z from 'zod';
import { endpointViewSchema } from '../data/endpoint.ts';
import { proxyViewSchema } from '../data/proxy.ts';
import { numberedEventSchema, snapshotSchema } from '../data/events.ts';
import { alarmSchema, cacheViewSchema, storeViewSchema } from '../data/monitoring.ts';
import { nodeViewSchema } from '../data/route.ts';
import { spendViewSchema } from '../data/spend.ts';
import { notification, request } from '../rpc.ts';

export const eventNotification = notification({
  method: 'router/event',
  direction: 'daemonToClient',
  summary: "One event of this client's gap-free, ordered stream.",
  params: numberedEventSchema,
});

export const snapshotRequest = request({
  method: 'router/snapshot',
  direction: 'clientToDaemon',
  summary: 'Everything this client shows, at one point of its event stream.',
  params: z.strictObject({}),
  result: snapshotSchema,
});

export const healthRequest = request({
  method: 'router/health',
  direction: 'clientToDaemon',
  summary: 'Nodes, routes, the daemon itself and its cache; `probe` asks every reachable node first.',
  params: z.strictObject({ probe: z.boolean().default(false) }),
  result: z.strictObject({
    nodes: z.array(nodeViewSchema),
    daemon: z.strictObject({
      pid: z.int(),
      version: z.string(),
      startedAtMs: z.int(),
      rssMb: z.number(),
      clients: z.int(),
      runningTasks: z.int(),
      store: storeViewSchema,
    }),
    /** Candidate sets, and beside them what was read out of tasks' texts. */
    cache: cacheViewSchema,
    /** What the monitor noticed, newest first. */
    alarms: z.array(alarmSchema),
    endpoint: endpointViewSchema.optional(),
    /** Through what calls leave this machine; absent: directly. */
    proxy: proxyViewSchema.optional(),
  }),
});

export const spendRequest = request({
  method: 'router/spend',
  direction: 'clientToDaemon',
  summary: 'What was spent: budgets, today, this month, and predicted against settled for each provider.',
  params: z.strictObject({}),
  result: spendViewSchema,
});
