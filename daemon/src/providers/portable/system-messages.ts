/**
 * Instructions in several blocks, as Anthropic's clients send them because each may end a cached part. Elsewhere many
 * servers' prompt templates know one system message and refuse a second, so neighbours become one.
 */
import type { ModelMessage } from '../model-call.ts';
import type { CallTarget } from './target.ts';

/** The messages with neighbouring instructions joined, unless `target` keeps blocks apart. */
export function withJoinedSystem(prompt: readonly ModelMessage[], target: CallTarget): ModelMessage[] {
  if (target.provider === 'anthropic') return [...prompt];
  const joined: ModelMessage[] = [];
  for (const message of prompt) {
    const last = joined.at(-1);
    if (message.role === 'system' && last?.role === 'system') {
      joined[joined.length - 1] = { ...last, content: `${last.content}\n\n${message.content}` };
    } else joined.push(message);
  }
  return joined;
}
