/** Following the daemon: events, snapshots, health. */
import * as z from 'zod';
import { numberedEventSchema, snapshotSchema } from '../data/events.ts';
import { nodeViewSchema } from '../data/route.ts';
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

export const cacheStatsSchema = z.strictObject({
  capacity: z.int(),
  entries: z.int(),
  /** Of all entries together. */
  bytes: z.int(),
  hits: z.int(),
  misses: z.int(),
  /** Uses of the entries that are there now. */
  usageCount: z.int(),
  lastUsedAtMs: z.int().nullable(),
  evictions: z.int(),
  /** Hits on entries past their time, while they were made anew. */
  staleServed: z.int(),
  /** Entries dropped because their epoch or their time had passed. */
  invalidations: z.int(),
  /** Grows with every change of health, prices, policy or catalogue; no entry is served across it. */
  epoch: z.int(),
});
export type CacheStats = z.infer<typeof cacheStatsSchema>;

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
      /** Where history goes; `memory` means it is lost at exit, and the reason says why. */
      store: z.strictObject({
        mode: z.enum(['sqlite', 'memory']),
        reason: z.string().nullable(),
        decisions: z.int(),
      }),
    }),
    /** Candidate sets, and beside them what was read out of tasks' texts. */
    cache: cacheStatsSchema.extend({ features: cacheStatsSchema }),
  }),
});
