/**
 * What a tool tells its model in the user's name: Claude Code and Qwen Code mark it so. It is sent on like everything else,
 * but nobody asked it, so it neither begins a turn nor says what a task is about.
 */
import type { ModelMessage } from '../../providers/model-call.ts';
import { textOf } from './message-text.ts';

const opening = '<system-reminder>';
const closing = '</system-reminder>';

/** Linear: a reminder that is never closed is none. */
export function withoutReminders(text: string): string {
  let left = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf(opening, from);
    const end = start < 0 ? -1 : text.indexOf(closing, start);
    if (end < 0) return from === 0 ? text : (left + text.slice(from)).trim();
    left += text.slice(from, start);
    from = end + closing.length;
  }
}

/** The tool said all of this message, and its user nothing. */
export function isReminder(message: ModelMessage): boolean {
  if (message.role !== 'user' || message.content.some(({ type }) => type !== 'text')) return false;
  const text = textOf(message);
  return text.startsWith(opening) && withoutReminders(text) === '';
}
