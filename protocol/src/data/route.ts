/** Nodes, routes and their health as every surface shows them. */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { failureKindSchema } from './outcome.ts';

export const providerKinds = [
  'openai',
  'openai-compatible',
  'anthropic',
  'google',
  'ollama',
  'editor',
] as const;
/** `editor` is not configurable: it stands for the models that live inside a VS Code window. */
export const providerKindSchema = z.enum(providerKinds);
export type ProviderKind = z.infer<typeof providerKindSchema>;

export const healthStates = [
  'unknown',
  'healthy',
  'degraded',
  'ejected',
  'probing',
  'recovering',
  'draining',
  'disabled',
] as const;
export const healthStateSchema = z.enum(healthStates);
export type HealthState = z.infer<typeof healthStateSchema>;

/** Where a node comes from, in the order in which a later source loses. */
export const nodeOriginSchema = z.enum(['config', 'key', 'environment', 'discovered', 'editor', 'demo']);
export type NodeOrigin = z.infer<typeof nodeOriginSchema>;

export const capabilitiesSchema = z.strictObject({
  tools: z.boolean().nullable(),
  vision: z.boolean().nullable(),
  reasoning: z.boolean().nullable(),
  structuredOutput: z.boolean().nullable(),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

export const pricesSchema = z.strictObject({
  inputPerMTok: z.number().min(0),
  outputPerMTok: z.number().min(0),
  cacheReadPerMTok: z.number().min(0).optional(),
  cacheWritePerMTok: z.number().min(0).optional(),
});
export type Prices = z.infer<typeof pricesSchema>;

const quantilesSchema = z.strictObject({ calls: z.int(), p50Ms: z.number(), p95Ms: z.number() }).nullable();

export const routeMonitorSchema = z.strictObject({
  /** Total time of answered calls. */
  lastHour: quantilesSchema,
  lastWeek: quantilesSchema,
  /** Time taken to time expected; 1: as predicted. */
  timeRatio: z.number().nullable(),
  /** Share 0..1 of the input read from the provider's cache. */
  cacheShare: z.number().nullable(),
  /** US dollars spent for one success, failed calls included. */
  costPerSuccessUsd: z.number().nullable(),
  stalls: z.int(),
  /** Every failed call by its kind, over the route's life. */
  failures: z.partialRecord(failureKindSchema, z.int()),
});

/** A model in, or not in, the memory of a server on this machine. */
export const modelLoadSchema = z.strictObject({
  state: z.enum(['loaded', 'cold']),
  /** Context window it is loaded with, in tokens. */
  windowTokens: z.int().nullable(),
  /** Memory it takes while loaded, else its file's size. */
  bytes: z.number().nullable(),
  /** Of these on a graphics card. */
  gpuBytes: z.number().nullable(),
  /** When the server drops it if nobody calls it. */
  unloadsAtMs: z.int().nullable(),
  /** Time a load is expected to take, learned from loads that were seen. */
  coldStartMs: z.number(),
});

/** What a server was seen to read of a longer prompt, without a word. */
export const learnedWindowSchema = z.strictObject({
  tokens: z.int(),
  readTokens: z.int().nullable(),
  sentTokens: z.int(),
  atMs: z.int(),
});

export const routeViewSchema = z.strictObject({
  /** `<nodeId>/<modelId>`. */
  routeId: z.string().max(limits.nameChars),
  modelId: z.string().max(limits.nameChars),
  label: z.string().max(limits.nameChars),
  state: healthStateSchema,
  /** Why it is in this state, for people. */
  stateReason: z.string().max(1000).nullable(),
  contextWindow: z.int().nullable(),
  maxOutputTokens: z.int().nullable(),
  capabilities: capabilitiesSchema,
  /** null: unknown, never to be shown as 0. A local model has prices of 0. */
  prices: pricesSchema.nullable(),
  calls: z.int(),
  /** Share 0..1 over recent calls; null without calls. */
  successRate: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  inFlight: z.int(),
  spentUsd: z.number(),
  /** What the monitor knows beyond that; absent without calls. */
  monitor: routeMonitorSchema.optional(),
  /** Absent: the server does not tell, or is not on this machine. */
  load: modelLoadSchema.optional(),
  /** Absent: the server reads what it says it reads, as far as was seen. */
  learnedWindow: learnedWindowSchema.optional(),
});
export type RouteView = z.infer<typeof routeViewSchema>;

/** Why a node can't be used yet, if so. */
export const nodeAccessSchema = z.enum([
  'ready',
  'keyMissing',
  'keyRejected',
  'consentNeeded',
  'unreachable',
]);
export type NodeAccess = z.infer<typeof nodeAccessSchema>;

/** What is left of a limit per minute or day, and when it is whole again. */
export const quotaViewSchema = z.strictObject({
  dimension: z.enum(['requests', 'tokens', 'inputTokens', 'outputTokens']),
  limit: z.number().nullable(),
  /** null: not known. */
  remaining: z.number().nullable(),
  /** When nothing is left: from when on there is something again; else when it is full. null: not known. */
  resetsAtMs: z.int().nullable(),
  /** `learned`: from the server's own headers or refusals. */
  source: z.enum(['config', 'learned']),
});
export type QuotaView = z.infer<typeof quotaViewSchema>;

export const nodeViewSchema = z.strictObject({
  nodeId: z.string().max(limits.idChars),
  provider: providerKindSchema,
  label: z.string().max(limits.nameChars),
  origin: nodeOriginSchema,
  /** Shown without credentials or query; null for editor models. */
  baseUrl: z.string().max(2000).nullable(),
  isLocal: z.boolean(),
  isDemo: z.boolean(),
  access: nodeAccessSchema,
  /** What to do next when access is not `ready`. */
  accessHint: z.string().max(1000).nullable(),
  /** Where the key came from; never the key. */
  keySource: z.enum(['none', 'secretStorage', 'environment']),
  slots: z.int().nullable(),
  /** Limits that are known, shared by the nodes of one quota group. */
  quota: z.array(quotaViewSchema).max(20).optional(),
  quotaGroup: z.string().max(limits.nameChars).optional(),
  /** Of a server on this machine that tells. */
  server: z
    .strictObject({
      loadedModels: z.int(),
      loadedBytes: z.number().nullable(),
      /** Calls it works on, ours and others'; null: it does not tell. */
      busySlots: z.int().nullable(),
    })
    .optional(),
  /** Set by hand for the whole node; absent: nothing is. */
  held: z.enum(['draining', 'disabled']).optional(),
  routes: z.array(routeViewSchema),
});
export type NodeView = z.infer<typeof nodeViewSchema>;
