/**
 * Policy: what may be used and what is preferred. Layers (user, workspace, folder) arrive separately and are merged
 * by the daemon, so that the decision can name the setting that decided; a lower layer may only tighten.
 */
import * as z from 'zod';
import { limits } from '../limits.ts';

export const objectives = ['balanced', 'quality', 'cost', 'speed', 'local'] as const;
export const objectiveSchema = z.enum(objectives);
export type Objective = z.infer<typeof objectiveSchema>;

export const weightsSchema = z
  .strictObject({
    capability: z.number().min(0).max(1),
    performance: z.number().min(0).max(1),
    resources: z.number().min(0).max(1),
    history: z.number().min(0).max(1),
  })
  .refine((w) => Math.abs(w.capability + w.performance + w.resources + w.history - 1) < 1e-6, {
    message: 'the four weights must add up to 1',
  });
export type Weights = z.infer<typeof weightsSchema>;

/** `node/model` with `*` wildcards, for example `claude/*`, `*` or `local/qwen*`. */
export const routePatternSchema = z.string().min(1).max(limits.nameChars);

/** Every field is optional: absent means "no opinion at this level". */
export const policySchema = z.strictObject({
  objective: objectiveSchema.optional().describe('What to prefer: balanced, quality, cost, speed or local.'),
  weights: weightsSchema
    .optional()
    .describe(
      'Weights of the four score parts; they add up to 1. They replace the weights of the objective.',
    ),
  allow: z
    .array(routePatternSchema)
    .max(200)
    .optional()
    .describe('Routes that may be used, as node/model with * wildcards. Default: all.'),
  deny: z
    .array(routePatternSchema)
    .max(200)
    .optional()
    .describe('Routes that are never used, as node/model with * wildcards.'),
  localOnly: z
    .boolean()
    .optional()
    .describe('Only models that run on this machine; holds through every failover.'),
  maxCostPerTaskUsd: z
    .number()
    .min(0)
    .max(10_000)
    .optional()
    .describe('A task expected to cost more than this, in US dollars, is not sent to that route.'),
  minQuality: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'A model expected to do a task of its kind well with a smaller chance than this, from 0 to 1, is not asked; holds through every failover.',
    ),
  maxCostPerDayUsd: z
    .number()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      'What tasks of this workspace or folder may cost a day, in US dollars: a hard budget of its own, below those of config.jsonc.',
    ),
  explore: z
    .boolean()
    .optional()
    .describe(
      'Now and then try a route that scores nearly as well as the best, to learn more of it. Off at any level: never.',
    ),
});
export type Policy = z.infer<typeof policySchema>;

/** Where a layer comes from. `name` is what a person recognises: the folder's name, or the file. */
export const policyLayerSchema = z.strictObject({
  level: z.enum(['user', 'workspace', 'folder', 'task']),
  name: z.string().max(limits.nameChars),
  policy: policySchema,
});
export type PolicyLayer = z.infer<typeof policyLayerSchema>;
