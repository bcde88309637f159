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
  'policy.qualityFloor',
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

/** What is believed of the model for tasks of this class: a chance of success with its 90 % range. */
export const qualitySchema = z.strictObject({
  mean: z.number(),
  /** Lower and upper 5 % bounds. */
  lowerBound: z.number(),
  upperBound: z.number(),
  /** Graded answers of this model to tasks of this class behind it. */
  sampleSize: z.int(),
  /** What the rest of it is: published outcomes of this model, of its family, or of its class of price and size. */
  source: z.enum(['measured', 'family', 'class']),
});
export type Quality = z.infer<typeof qualitySchema>;

/** Success gate: a route whose bound is below the floor comes after all that pass, whatever its score. */
export const gateSchema = z.strictObject({ passed: z.boolean(), bound: z.number(), floor: z.number() });
export type Gate = z.infer<typeof gateSchema>;

/** What the task was understood as, on this machine, before any route was looked at. */
export const understandingSchema = z.strictObject({
  kindSource: z.enum(['stated', 'inherited', 'rule', 'model', 'default']),
  confidence: z.number(),
  /** Row of the quality table. */
  taskClass: z.string().max(100),
  language: z.string().max(100).nullable(),
  isAgentic: z.boolean(),
  /** Read out of the words; only what the task states for itself is a filter. */
  asksForJson: z.boolean(),
  /** 0..1; 0.5 is usual for the class. */
  difficulty: z.number(),
  /** The prompt lies off the ground where outcomes were measured, so its words say nothing of difficulty. */
  guard: z.strictObject({
    fired: z.boolean(),
    reasons: z.array(z.enum(['farFromKnown', 'unusualLength', 'agentic'])),
  }),
  /** One line for people: `Fix, TypeScript, single turn; seems difficult`. */
  words: z.string().max(300),
});
export type Understanding = z.infer<typeof understandingSchema>;

export const flipFactors = [
  'price',
  'firstToken',
  'speed',
  'quality',
  'promptTokens',
  'weight.capability',
  'weight.performance',
  'weight.resources',
  'weight.history',
] as const;

/** The smallest change of one factor that changes the choice, all else being equal. */
export const flipPointSchema = z.strictObject({
  factor: z.enum(flipFactors),
  /** The route whose fact changes; null: the task's size or a weight. */
  of: z.string().max(limits.nameChars).nullable(),
  /** Amount of now; null: unknown. US dollars for this task, ms, tokens a second, tokens, or 0..1. */
  from: z.number().nullable(),
  to: z.number(),
  /** The route that is chosen then. */
  becomes: z.string().max(limits.nameChars),
  sentence: z.string().max(2500),
});
export type FlipPoint = z.infer<typeof flipPointSchema>;

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
  /** Part of the expected first token: the model is not in memory and has to be loaded. Absent: it does not. */
  coldStartMs: z.number().optional(),
  /** null: rejected, or decided by a daemon that knew none. */
  quality: qualitySchema.nullable(),
  gate: gateSchema.nullable(),
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
  /** null: nothing of the task's conversation is in a cache. */
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
  /** The other tool that asked through the endpoint; absent: a task of an editor or of the command line. */
  tool: z.string().max(limits.nameChars).optional(),
  kind: taskKindSchema,
  /** null: decided by an older daemon. */
  understanding: understandingSchema.nullable(),
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
  /** What would change the choice, nearest first. Empty where nothing would, and where exploration made it. */
  flipPoints: z.array(flipPointSchema).max(100),
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
  versions: z.strictObject({
    engine: z.string(),
    policy: z.string(),
    catalog: z.string(),
    /** Trained weights; null: decided by an older daemon. */
    routing: z.string().nullable(),
  }),
});
export type Decision = z.infer<typeof decisionSchema>;
