/**
 * Tasks submitted together: a row of the file they come in, a line of the file their results go to, and the readers of
 * both. The results are the journal, too: what stands there as done is not done again.
 */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { outcomeSchema, wireErrorSchema } from './outcome.ts';
import { constraintsSchema, taskKindSchema } from './task.ts';

/** One task of a batch, as a line of JSON. */
export const batchRowSchema = z.strictObject({
  /** Absent: the number of its line. */
  id: z.string().min(1).max(limits.idChars).optional(),
  prompt: z
    .string()
    .max(limits.promptChars)
    .refine((prompt) => prompt.trim() !== '', 'must not be empty'),
  kind: taskKindSchema.optional(),
  language: z.string().max(100).optional(),
  /** Context, as `--file` takes it. */
  files: z.array(z.string().min(1).max(limits.pathChars)).max(limits.contextSpans).default([]),
  constraints: constraintsSchema.prefault({}),
});
export type BatchRow = Omit<z.infer<typeof batchRowSchema>, 'id'> & {
  readonly id: string;
  /** 1-based, in its file. */
  readonly line: number;
};

export const batchResultSchema = z.strictObject({
  id: z.string().max(limits.idChars),
  status: z.enum(['succeeded', 'failed']),
  /** SHA-256 of the row: a row that has changed since is a new task. */
  rowSha256: z.string().max(64),
  decisionId: z.string().max(limits.idChars).nullable(),
  text: z.string().max(limits.answerChars),
  outcome: outcomeSchema.nullable(),
  error: wireErrorSchema.nullable(),
});
export type BatchResult = z.infer<typeof batchResultSchema>;

export interface BatchProblem {
  readonly line: number;
  readonly message: string;
}

/** Every row, or every problem with the line it is in. Empty lines are none. */
export function readBatch(
  text: string,
): { readonly rows: readonly BatchRow[] } | { readonly problems: readonly BatchProblem[] } {
  const rows: BatchRow[] = [];
  const problems: BatchProblem[] = [];
  const lineOf = new Map<string, number>();
  text.split(/\r?\n/).forEach((source, index) => {
    if (source.trim() === '') return;
    const line = index + 1;
    const parsed = batchRowSchema.safeParse(parseOrUndefined(source));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      const message = parseOrUndefined(source) === undefined ? 'no JSON' : `${where}${issue?.message ?? ''}`;
      problems.push({ line, message });
      return;
    }
    const id = parsed.data.id ?? String(line);
    const earlier = lineOf.get(id);
    if (earlier !== undefined) problems.push({ line, message: `id "${id}" is that of line ${earlier}` });
    lineOf.set(id, line);
    rows.push({ ...parsed.data, id, line });
  });
  if (rows.length > limits.batchTasks)
    problems.push({ line: 1, message: `${rows.length} tasks; at most ${limits.batchTasks}` });
  if (rows.length === 0 && problems.length === 0) problems.push({ line: 1, message: 'no task' });
  return problems.length > 0 ? { problems } : { rows };
}

/** The complete results of an earlier run; a line that broke off, or is none of ours, is skipped. */
export function readBatchResults(text: string): ReadonlyMap<string, BatchResult> {
  const results = new Map<string, BatchResult>();
  for (const source of text.split('\n')) {
    const parsed = batchResultSchema.safeParse(parseOrUndefined(source));
    if (parsed.success) results.set(parsed.data.id, parsed.data);
  }
  return results;
}

function parseOrUndefined(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
