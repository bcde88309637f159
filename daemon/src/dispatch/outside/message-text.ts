/** What a message says, without its files and tool calls. */
import type { ModelMessage } from '../../providers/model-call.ts';

/** The text of one message. */
export function textOf(message: ModelMessage): string {
  if (message.role === 'system') return message.content;
  const [first] = message.content;
  if (message.content.length === 1 && first?.type === 'text') return first.text;
  return message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
