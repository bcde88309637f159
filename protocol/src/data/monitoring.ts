/** What the daemon tells of itself: its history, its caches, and changes in the behaviour of routes that it noticed. */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { endpointViewSchema } from './endpoint.ts';

export const storeViewSchema = z.strictObject({
  /** `memory`: history is not written now, and the reason says why. */
  mode: z.enum(['sqlite', 'memory']),
  reason: z.string().max(2000).nullable(),
  /** What happened to the file at the start, when a developer should know: it was damaged, or somebody reads it. */
  notice: z.string().max(2000).nullable(),
  decisions: z.int(),
  bytes: z.int(),
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

/** Candidate sets, and beside them what was read out of tasks' texts. */
export const cacheViewSchema = cacheStatsSchema.extend({ features: cacheStatsSchema });

export const alarmKinds = ['errors', 'latency', 'quality', 'cost', 'cacheShare', 'burn'] as const;
export const alarmActions = ['reprobe', 'degrade', 'resetPosterior', 'refreshPrices', 'tell'] as const;

/** A change in a route's behaviour: which test found it, with what evidence since when, and what was done about it. */
export const alarmSchema = z.strictObject({
  /** Empty for what concerns no single route. */
  routeId: z.string().max(limits.nameChars),
  kind: z.enum(alarmKinds),
  statistic: z.number(),
  threshold: z.number(),
  observations: z.int(),
  sinceMs: z.number(),
  atMs: z.number(),
  evidence: z.string().max(1000),
  action: z.enum(alarmActions),
});
export type AlarmView = z.infer<typeof alarmSchema>;

/** What of the daemon every window shows beside the nodes. */
export const daemonViewSchema = z.strictObject({
  store: storeViewSchema,
  cache: cacheViewSchema,
  /** Newest first. */
  alarms: z.array(alarmSchema).max(50),
  /** Absent: an older daemon. */
  endpoint: endpointViewSchema.optional(),
});
export type DaemonView = z.infer<typeof daemonViewSchema>;
