/**
 * Where a task's context came from, so that its answer can go back there. Kept over a reload, therefore without any
 * text: a hash tells whether the place still holds what was sent.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';

const position = z.int().min(0).max(100_000_000);

/** 0-based, as the editor counts; end exclusive. */
export const spanSchema = z.strictObject({
  startLine: position,
  startCharacter: position,
  endLine: position,
  endCharacter: position,
});
export type Span = z.infer<typeof spanSchema>;

export const originSchema = z.strictObject({
  uri: z.string().max(8_000),
  /** The document's version when the task was routed; of no meaning after a reload. */
  version: z.int(),
  /** As people read it: `src/a.ts, lines 3–10`. */
  label: z.string().max(8_000),
  /** null: the whole document. */
  selection: spanSchema.nullable(),
  /** Of the text that was sent from there. */
  textHash: z.string().length(64),
});
export type Origin = z.infer<typeof originSchema>;

export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
