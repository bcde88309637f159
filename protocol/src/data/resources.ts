/** What a task waits for before it may call a model, what it was asked, and how its resources were found. */
import * as z from 'zod';
import { limits } from '../limits.ts';

/** A task's place in line. */
export const queueViewSchema = z.strictObject({
  /** 1: the next of its priority's turn. */
  position: z.int().min(1),
  /** Tasks in line altogether, this one included. */
  waiting: z.int().min(1),
  /** What is short, in a sentence. */
  reason: z.string().max(1000),
  /** null: not known. */
  expectedWaitMs: z.number().min(0).nullable(),
  sinceMs: z.int(),
  /** It waits no longer than until then. */
  untilMs: z.int(),
});
export type QueueView = z.infer<typeof queueViewSchema>;

/** A task stopped at a hard budget and asks. It goes on with `router/answer`, or when config.jsonc raises the budget. */
export const budgetQuestionSchema = z.strictObject({
  questionId: z.string().max(limits.idChars),
  /** Which budget, in words: `$5.00 a day (config.jsonc)`. */
  budget: z.string().max(limits.nameChars),
  message: z.string().max(1000),
  limitUsd: z.number(),
  spentUsd: z.number(),
  /** Held by tasks that run. */
  heldUsd: z.number(),
  /** What the task may cost at most; null: its price is unknown. */
  neededUsd: z.number().nullable(),
  /** When the budget begins anew; null: it never does. */
  resetsAtMs: z.int().nullable(),
  untilMs: z.int(),
});
export type BudgetQuestion = z.infer<typeof budgetQuestionSchema>;

export const shortageStrategies = [
  'wait',
  'lowerMaxTokens',
  'otherAccount',
  'otherRoute',
  'trimContext',
  'holdBack',
  'downgrade',
  'reject',
] as const;

/** One way out of a shortage, as it was weighed. */
export const strategyViewSchema = z.strictObject({
  strategy: z.enum(shortageStrategies),
  isFeasible: z.boolean(),
  isChosen: z.boolean(),
  /** Why, in a sentence. */
  reason: z.string().max(1000),
  waitMs: z.number().nullable(),
  extraCostUsd: z.number().nullable(),
  /** 0 to 1; null: does not apply. */
  qualityLoss: z.number().nullable(),
  utility: z.number().nullable(),
});
export type StrategyView = z.infer<typeof strategyViewSchema>;

/** How the resources of one attempt were found, for the decision card. */
export const allocationViewSchema = z.strictObject({
  route: z.string().max(limits.nameChars),
  atMs: z.int(),
  isAllocated: z.boolean(),
  /** One sentence. */
  summary: z.string().max(1000),
  /** What is held, in words: `1 slot of 2`, `1,204 input tokens`. */
  held: z.array(z.string().max(limits.nameChars)).max(20),
  /** Longest an answer may get; null: as long as the model writes. */
  maxOutputTokens: z.int().nullable(),
  /** Empty where nothing was short. */
  strategies: z.array(strategyViewSchema).max(20),
});
export type AllocationView = z.infer<typeof allocationViewSchema>;
