/** A developer's task as it travels: what is asked, with which context, under which constraints. */
import * as z from 'zod';
import { limits } from '../limits.ts';

export const taskKinds = [
  'explain',
  'fix',
  'refactor',
  'test',
  'document',
  'generate',
  'review',
  'commit',
  'chat',
] as const;
export const taskKindSchema = z.enum(taskKinds);
export type TaskKind = z.infer<typeof taskKindSchema>;

export const priorities = ['critical', 'interactive', 'background', 'batch'] as const;
export const prioritySchema = z.enum(priorities);
export type Priority = z.infer<typeof prioritySchema>;

/** Lines are 1-based and inclusive, as developers read them. */
export const lineRangeSchema = z
  .strictObject({ startLine: z.int().min(1), endLine: z.int().min(1) })
  .refine((range) => range.endLine >= range.startLine, 'endLine must not be before startLine');
export type LineRange = z.infer<typeof lineRangeSchema>;

/** One piece of context with its origin. `file` is relative to the folder the task belongs to. */
export const contextSpanSchema = z.strictObject({
  file: z.string().min(1).max(limits.pathChars),
  range: lineRangeSchema.optional(),
  language: z.string().max(100).optional(),
  text: z.string().max(limits.contextBytes),
});
export type ContextSpan = z.infer<typeof contextSpanSchema>;

/** Something the task named that was not sent, and why: shown on the card, never dropped in silence. */
export const skippedContextSchema = z.strictObject({
  file: z.string().max(limits.pathChars),
  reason: z.enum(['ignored', 'hidden', 'secret', 'binary', 'tooLarge', 'outsideFolder', 'notFound', 'limit']),
});
export type SkippedContext = z.infer<typeof skippedContextSchema>;

export const requirementsSchema = z.strictObject({
  tools: z.boolean().default(false),
  vision: z.boolean().default(false),
  structuredOutput: z.boolean().default(false),
  reasoning: z.boolean().default(false),
  /** Tokens the answer may need. */
  outputTokens: z.int().min(1).max(1_000_000).optional(),
});
export type Requirements = z.infer<typeof requirementsSchema>;

export const constraintsSchema = z.strictObject({
  /** Whole-task deadline over all attempts. */
  deadlineMs: z.int().min(1_000).max(3_600_000).optional(),
  maxCostUsd: z.number().min(0).max(10_000).optional(),
});
export type Constraints = z.infer<typeof constraintsSchema>;

export const taskSchema = z.strictObject({
  /** Absent: the daemon infers it from the prompt. */
  kind: taskKindSchema.optional(),
  prompt: z.string().max(limits.promptChars),
  language: z.string().max(100).optional(),
  context: z.array(contextSpanSchema).max(limits.contextSpans).default([]),
  skippedContext: z.array(skippedContextSchema).max(1000).default([]),
  requirements: requirementsSchema.prefault({}),
  constraints: constraintsSchema.prefault({}),
  priority: prioritySchema.default('interactive'),
  /**
   * Tasks of one conversation repeat what was said before in their prompts; it stays where that is still in a cache, as
   * long as this pays. Absent: that of the task it follows, or a new one.
   */
  conversationId: z.string().min(1).max(limits.idChars).optional(),
});
export type Task = z.infer<typeof taskSchema>;
export type TaskInput = z.input<typeof taskSchema>;
