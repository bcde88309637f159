/**
 * Instructions as each server takes them. Anthropic's clients send them in several blocks because each may end a cached
 * part, and some tools give more of them in the middle of a conversation (Claude Code does). Elsewhere many servers'
 * prompt templates know one system message, at the beginning, and refuse any other.
 */
import type { ModelMessage } from '../model-call.ts';
import type { CallTarget } from './target.ts';

type UserMessage = Extract<ModelMessage, { role: 'user' }>;

/**
 * The messages with instructions as `target` takes them: neighbouring ones joined, unless it keeps blocks apart, and
 * later ones said in the user's name and marked as what they are, unless it knows them anywhere.
 */
export function withAcceptedSystem(prompt: readonly ModelMessage[], target: CallTarget): ModelMessage[] {
  const begun = prompt.findIndex(({ role }) => role !== 'system');
  const first = begun < 0 ? prompt : prompt.slice(0, begun);
  const rest = begun < 0 ? [] : prompt.slice(begun);
  return [
    ...(target.provider === 'anthropic' ? first : joined(first)),
    ...(target.provider === 'openai' ? joined(rest) : reminding(rest)),
  ];
}

function joined(prompt: readonly ModelMessage[]): ModelMessage[] {
  const messages: ModelMessage[] = [];
  for (const message of prompt) {
    const last = messages.at(-1);
    if (message.role === 'system' && last?.role === 'system') {
      messages[messages.length - 1] = { ...last, content: `${last.content}\n\n${message.content}` };
    } else messages.push(message);
  }
  return messages;
}

/** Templates that know no second instruction often want the roles to alternate too. */
function reminding(prompt: readonly ModelMessage[]): ModelMessage[] {
  if (prompt.every(({ role }) => role !== 'system')) return [...prompt];
  const messages: ModelMessage[] = [];
  let isOpen = false;
  for (const message of prompt) {
    const said = message.role === 'system' ? reminderOf(message) : message;
    const last = messages.at(-1);
    const joins = last?.role === 'user' && said.role === 'user' && (isOpen || message.role === 'system');
    if (joins)
      messages[messages.length - 1] = { ...last, ...said, content: [...last.content, ...said.content] };
    else messages.push(said);
    isOpen = message.role === 'system';
  }
  return messages;
}

function reminderOf({ content, providerOptions }: Extract<ModelMessage, { role: 'system' }>): UserMessage {
  const text = `<system-reminder>\n${content}\n</system-reminder>`;
  return { role: 'user', content: [{ type: 'text', text, ...(providerOptions && { providerOptions }) }] };
}
