/** How a task and its attempts ended. */
import * as z from 'zod';
import { limits } from '../limits.ts';

/** Closed set of ways in which a call on a route can fail. */
export const failureKinds = [
  'badRequest',
  'auth',
  'billing',
  'modelNotFound',
  'rateLimit',
  'overloaded',
  'server',
  'network',
  'firstTokenTimeout',
  'stall',
  'deadline',
  'truncated',
  'empty',
  'contentPolicy',
  'contextLength',
  'consentNeeded',
  'windowClosed',
] as const;
export const failureKindSchema = z.enum(failureKinds);
export type FailureKind = z.infer<typeof failureKindSchema>;

export const timingsSchema = z.strictObject({
  queuedMs: z.number(),
  firstTokenMs: z.number().nullable(),
  totalMs: z.number(),
});
export type Timings = z.infer<typeof timingsSchema>;

/** null: the provider reported nothing and no honest estimate exists. */
export const tokensSchema = z.strictObject({
  input: z.int().nullable(),
  output: z.int().nullable(),
  cachedInput: z.int().nullable(),
  reasoning: z.int().nullable(),
});
export type Tokens = z.infer<typeof tokensSchema>;

export const finishReasons = ['stop', 'length', 'contentFilter', 'toolCalls', 'other'] as const;
export const finishReasonSchema = z.enum(finishReasons);
export type FinishReason = z.infer<typeof finishReasonSchema>;

export const outcomeStatuses = ['succeeded', 'failed', 'cancelled', 'interrupted'] as const;
export const outcomeStatusSchema = z.enum(outcomeStatuses);
export type OutcomeStatus = z.infer<typeof outcomeStatusSchema>;

export const outcomeSchema = z.strictObject({
  status: outcomeStatusSchema,
  /** The route that gave the answer, or the last one tried. */
  route: z.string().max(limits.nameChars).nullable(),
  attempts: z.int(),
  finishReason: finishReasonSchema.nullable(),
  timings: timingsSchema,
  tokens: tokensSchema,
  /** null: unknown price. Sum over all attempts. */
  costUsd: z.number().nullable(),
  /** Present when the answer was cut at an output limit below the model's own, and why there was one. */
  shortened: z.strictObject({ maxOutputTokens: z.int(), reason: z.string().max(1000) }).optional(),
  /** What a developer should know of an answer that came all the same. */
  warning: z.string().max(2000).optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const attemptSchema = z.strictObject({
  attemptId: z.string().max(limits.idChars),
  route: z.string().max(limits.nameChars),
  startedAtMs: z.int(),
  status: outcomeStatusSchema.or(z.literal('running')),
  failure: failureKindSchema.nullable(),
  message: z.string().max(2000).nullable(),
  timings: timingsSchema,
  tokens: tokensSchema,
  costUsd: z.number().nullable(),
  warning: z.string().max(2000).optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** A failover from one route to the next. `restart`: text shown before is not part of the answer any more. */
export const transitionSchema = z.strictObject({
  from: z.string().max(limits.nameChars),
  to: z.string().max(limits.nameChars),
  cause: failureKindSchema,
  message: z.string().max(2000),
  mode: z.enum(['continue', 'restart']),
  /** Characters of the answer shown before: the place of the seam where the next route goes on. Absent in old records. */
  textOffset: z.int().min(0).optional(),
  atMs: z.int(),
});
export type Transition = z.infer<typeof transitionSchema>;

export const wireErrorSchema = z.strictObject({
  code: z.string().max(100),
  message: z.string().max(4000),
  /** What the developer can do next. */
  next: z.string().max(2000),
  /** When the same may succeed; absent: not known, or never. */
  retryAfterMs: z.number().min(0).optional(),
});
export type WireError = z.infer<typeof wireErrorSchema>;
