/**
 * What a tool tells its model in the user's name, and what the user said: Claude Code and Qwen Code mark the one, VS Code's
 * chat the one and the other. All of it is sent on, but what nobody asked neither begins a turn nor says what a task is about.
 */
import type { ModelMessage } from '../../providers/model-call.ts';
import { textOf } from './message-text.ts';

interface Mark {
  readonly opening: string;
  readonly closing: string;
}

const reminder = markOf('system-reminder');
/** A message of its own, at the beginning of VS Code's conversations. */
const surroundings = ['environment_info', 'workspace_info'].map(markOf);
const questions = ['userRequest', 'user_query'].map(markOf);
/** A marked question ends its message, but for what was attached to it. */
const behindQuestionChars = 200;

function markOf(name: string): Mark {
  return { opening: `<${name}>`, closing: `</${name}>` };
}

/** The user's own words, as far as the tool marks them. A prompt may be megabytes: the whole of it is looked through once. */
export function saidIn(text: string): string {
  const tail = text.slice(-behindQuestionChars);
  const question = questions.find(({ closing }) => tail.includes(closing));
  if (question !== undefined) {
    const end = text.lastIndexOf(question.closing);
    const start = text.lastIndexOf(question.opening, end);
    if (start >= 0) return text.slice(start + question.opening.length, end).trim();
  }
  const [first] = surroundings;
  const isAbout = first !== undefined && text.startsWith(first.opening);
  return without(isAbout ? surroundings.reduce(without, text) : text, reminder);
}

/** Linear: what is never closed is none. */
function without(text: string, { opening, closing }: Mark): string {
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
  return [reminder, ...surroundings].some(({ opening }) => text.startsWith(opening)) && saidIn(text) === '';
}
