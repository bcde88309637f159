/** A task's messages in the form that the client libraries take. */
import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { ChatMessage } from '@task-router/protocol';

/**
 * `systemFirst` is for wires that know instructions only before the conversation (Anthropic, Google): all of them are
 * put there, in their order. Elsewhere every message stays in its place. Empty messages are left out: several
 * providers refuse them, and they say nothing.
 */
export function toPrompt(messages: readonly ChatMessage[], systemFirst: boolean): LanguageModelV4Prompt {
  const said = messages.filter(({ text }) => text !== '');
  if (!systemFirst) return said.map(toMessage);
  const system = said.filter(({ role }) => role === 'system').map(({ text }) => text);
  const rest = said.filter(({ role }) => role !== 'system').map(toMessage);
  return system.length === 0 ? rest : [{ role: 'system', content: system.join('\n\n') }, ...rest];
}

function toMessage({ role, text }: ChatMessage): LanguageModelV4Prompt[number] {
  switch (role) {
    case 'system':
      return { role, content: text };
    case 'user':
    case 'assistant':
      return { role, content: [{ type: 'text', text }] };
  }
}
