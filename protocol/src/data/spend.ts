/** What was spent against which budget, how sure that is, and how far the estimates were off. */
import * as z from 'zod';
import { limits } from '../limits.ts';

/** Settled money with its error bar. */
export const spentSchema = z.strictObject({
  /** From the usage that providers reported, at known prices. */
  settledUsd: z.number().min(0),
  /** How far the true sum may be off, both ways: calls whose usage is our own estimate. */
  plusMinusUsd: z.number().min(0),
  calls: z.int().min(0),
  /** Calls whose price nobody knows; the sum leaves them out, so it is a lower bound when there are any. */
  unknownCalls: z.int().min(0),
});
export type Spent = z.infer<typeof spentSchema>;

export const budgetViewSchema = z.strictObject({
  /** In words: `$5.00 a day (config.jsonc)`. */
  name: z.string().max(limits.nameChars),
  scope: z.enum(['user', 'workspace', 'tool']),
  window: z.enum(['day', 'month']),
  hard: z.boolean(),
  limitUsd: z.number().min(0),
  settledUsd: z.number().min(0),
  /** Held by tasks that run: their worst case. */
  heldUsd: z.number().min(0),
  resetsAtMs: z.int(),
});
export type BudgetView = z.infer<typeof budgetViewSchema>;

/** Predicted against settled, per provider, since the month began. */
export const driftViewSchema = z.strictObject({
  provider: z.string().max(limits.nameChars),
  ...spentSchema.shape,
  /** Of the calls with a known price. */
  predictedUsd: z.number().min(0),
  /** Settled over predicted; null: nothing to compare. */
  ratio: z.number().nullable(),
  /** Far off, over enough calls. */
  isDrifting: z.boolean(),
});
export type DriftView = z.infer<typeof driftViewSchema>;

export const spendViewSchema = z.strictObject({
  atMs: z.int(),
  today: spentSchema,
  month: spentSchema,
  /** Held by tasks that run. */
  heldUsd: z.number().min(0),
  budgets: z.array(budgetViewSchema).max(200),
  providers: z.array(driftViewSchema).max(200),
});
export type SpendView = z.infer<typeof spendViewSchema>;
