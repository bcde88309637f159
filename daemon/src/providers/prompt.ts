/** A call's conversation as the wires of the client libraries take it. */
import type { LanguageModelV4Prompt } from '@ai-sdk/provider';

/**
 * `systemFirst` is for wires that know instructions only before the conversation (Anthropic, Google): all of them are
 * put there, in their order. Elsewhere every message stays in its place. A block of instructions keeps what its vendor
 * was told of it (where its cache may end), so several of them stay several there.
 */
export function toPrompt(prompt: LanguageModelV4Prompt, systemFirst: boolean): LanguageModelV4Prompt {
  if (!systemFirst) return prompt;
  const system = prompt.filter((message) => message.role === 'system');
  if (system.length === 0) return prompt;
  const rest = prompt.filter(({ role }) => role !== 'system');
  if (system.some(({ providerOptions }) => providerOptions !== undefined)) return [...system, ...rest];
  return [{ role: 'system', content: system.map(({ content }) => content).join('\n\n') }, ...rest];
}
