/** A decision as shown on the card: every candidate with its parts, or why it was dropped. */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { objectiveSchema } from './policy.ts';
import { providerKindSchema, healthStateSchema } from './route.ts';
import { lineRangeSchema, prioritySchema, skippedContextSchema, taskKindSchema } from './task.ts';

/** Each in 0..1 on an absolute scale; higher is better. */
export const scorePartsSchema = z.strictObject({
  capability: z.number(),
  performance: z.number(),
  resources: z.number(),
  history: z.number(),
});
export type ScoreParts = z.infer<typeof scorePartsSchema>;

/** Stable reason codes of the hard filters; docs/errors.md explains each. */
export const rejectionCodes = [
  'policy.denied',
  'policy.notAllowed',
  'policy.localOnly',
  'policy.costCap',
  'access.keyMissing',
  'access.keyRejected',
  'access.consentNeeded',
  'access.otherWindow',
  'capability.tools',
  'capability.vision',
  'capability.structuredOutput',
  'capability.reasoning',
  'capability.contextWindow',
  'capability.outputTokens',
  'health.unreachable',
  'health.ejected',
  'health.draining',
  'health.disabled',
  'resources.noSlot',
  'task.excluded',
] as const;
export const rejectionCodeSchema = z.enum(rejectionCodes);
export type RejectionCode = z.infer<typeof rejectionCodeSchema>;

export const rejectionSchema = z.strictObject({
  code: rejectionCodeSchema,
  reason: z.string().max(1000),
  /** The setting that decided, when a policy did: for example `Folder "api": taskRouter.policy.localOnly`. */
  setting: z.string().max(limits.nameChars).nullable(),
});
export type Rejection = z.infer<typeof rejectionSchema>;

export const expectedSchema = z.strictObject({
  firstTokenMs: z.number(),
  totalMs: z.number(),
  /** null: the price is unknown. */
  costUsd: z.number().nullable(),
});
export type Expected = z.infer<typeof expectedSchema>;

export const candidateSchema = z.strictObject({
  route: z.string().max(limits.nameChars),
  label: z.string().max(limits.nameChars),
  provider: providerKindSchema,
  isLocal: z.boolean(),
  isDemo: z.boolean(),
  state: healthStateSchema,
  score: z.number().nullable(),
  parts: scorePartsSchema.nullable(),
  expected: expectedSchema.nullable(),
  rejected: rejectionSchema.nullable(),
});
export type Candidate = z.infer<typeof candidateSchema>;

/** Load of one node at the moment of the decision. */
export const nodeLoadSchema = z.strictObject({
  node: z.string().max(limits.nameChars),
  inFlight: z.int(),
  /** null: no limit known. */
  slots: z.int().nullable(),
  /** Until a slot is expected to be free. */
  waitMs: z.number(),
});

/** How load and caches shaped the decision. */
export const balanceSchema = z.strictObject({
  nodes: z.array(nodeLoadSchema),
  /** null: the task belongs to no conversation, or nothing of it is in a cache any more. */
  conversation: z
    .strictObject({
      kind: z.enum(['stayed', 'moved']),
      warmRoute: z.string().max(limits.nameChars),
      /** Tokens of the prompt that the warm route's cache is believed to hold. */
      cachedTokens: z.number(),
      /** What reading them anew takes and costs on the other route: the one it moved to, or the next best. */
      switchCost: z
        .strictObject({
          route: z.string().max(limits.nameChars),
          seconds: z.number(),
          usd: z.number().nullable(),
        })
        .nullable(),
      sentence: z.string().max(2000),
    })
    .nullable(),
});
export type Balance = z.infer<typeof balanceSchema>;

export const contextUsedSchema = z.strictObject({
  file: z.string().max(limits.pathChars),
  range: lineRangeSchema.nullable(),
  bytes: z.int(),
});
export type ContextUsed = z.infer<typeof contextUsedSchema>;

export const decisionSchema = z.strictObject({
  decisionId: z.string().max(limits.idChars),
  taskId: z.string().max(limits.idChars),
  createdAtMs: z.int(),
  kind: taskKindSchema,
  priority: prioritySchema,
  /** What the developer reads as the task's name: the prompt's first line, shortened. Not stored. */
  inputTokens: z.int(),
  objective: objectiveSchema,
  weights: scorePartsSchema,
  /** The chosen route's id; null when no route was eligible. */
  route: z.string().max(limits.nameChars).nullable(),
  runnerUp: z.string().max(limits.nameChars).nullable(),
  /** One sentence: why this route and not the runner-up. */
  summary: z.string().max(2000),
  /** Eligible ones first, best first; then the rejected ones. */
  candidates: z.array(candidateSchema),
  /** Absent: decided by a daemon that knew no loads. */
  balance: balanceSchema.optional(),
  context: z.array(contextUsedSchema),
  skippedContext: z.array(skippedContextSchema),
  /** Settings that shaped the decision, in words: `Folder "api": taskRouter.policy.localOnly = true`. */
  settings: z.array(z.string().max(limits.nameChars)),
  /** Probability with which this route was chosen (1 without exploration). */
  propensity: z.number(),
  cached: z.boolean(),
  decidedInUs: z.number(),
  versions: z.strictObject({ engine: z.string(), policy: z.string(), catalog: z.string() }),
});
export type Decision = z.infer<typeof decisionSchema>;
