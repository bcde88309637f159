/** The local endpoint for other tools, as every surface shows it: where it listens, who holds a key, what each spent. */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { policySchema } from './policy.ts';

/** Fixed, so that a tool's settings hold over restarts; below the ranges from which systems give out ports. */
export const defaultEndpointPort = 14_114;

export const endpointPortSchema = z.int().min(1024).max(65_535);

/** What a person recognises a tool by: `Cline`, `aider at work`. No line breaks or other control characters. */
export const toolNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'a name without control characters');

/** A key of the endpoint without the key: only its digest is kept. */
export const endpointKeySchema = z.strictObject({
  id: z.string().max(limits.idChars),
  /** The tool that it was made for. */
  name: z.string().max(limits.nameChars),
  createdAtMs: z.int(),
  lastUsedAtMs: z.int().nullable(),
  /** What this tool may use; null: whatever the developer's own policy allows. */
  policy: policySchema.nullable(),
  /** US dollars a day, hard; null: only the developer's own budgets. */
  dailyBudgetUsd: z.number().min(0).nullable(),
  /** Since midnight. */
  requestsToday: z.int().min(0),
  spentTodayUsd: z.number().min(0),
});
export type EndpointKeyView = z.infer<typeof endpointKeySchema>;

export const endpointViewSchema = z.strictObject({
  enabled: z.boolean(),
  /** Who wants it on. */
  enabledBy: z.array(z.enum(['config', 'editor'])).max(2),
  port: endpointPortSchema,
  /** Without a trailing slash and without `/v1`; null while it does not listen. */
  address: z.string().max(100).nullable(),
  /** Why it does not listen although it should. */
  problem: z
    .strictObject({ code: z.string().max(100), message: z.string().max(1000), next: z.string().max(1000) })
    .nullable(),
  /** Those in force, oldest first. */
  keys: z.array(endpointKeySchema).max(limits.endpointKeys),
  requestsToday: z.int().min(0),
});
export type EndpointView = z.infer<typeof endpointViewSchema>;
