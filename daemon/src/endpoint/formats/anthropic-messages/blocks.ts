/** An answer's parts as Anthropic's content blocks: which block a part belongs to, and what of thinking is shown. */
import { createHash } from 'node:crypto';
import type { AnswerPart } from '../../../providers/model-call.ts';

export type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: object };

/** Thinking that its vendor shows only to itself; null: it can be read. */
export function redactedData({ metadata }: Extract<AnswerPart, { type: 'thinking' }>): string | null {
  const data = metadata?.['anthropic']?.['redactedData'];
  return typeof data === 'string' ? data : null;
}

/** An id in the form that Anthropic takes back, always the same for the same id. */
export function toolUseId(id: string): string {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(id)) return id;
  return `toolu_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}
