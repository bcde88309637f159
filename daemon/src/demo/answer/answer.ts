/**
 * From the messages of a request to the text of its answer, and from the text to its chunks.
 *
 * A request that ends with a piece of an answer is a continuation after a failover: when the piece is the beginning
 * of what this server would say, only the rest is sent, so that a seam can be checked against a known whole.
 */
import type { ChatMessage } from '../formats/format.ts';
import { readCodeFacts } from './code-facts.ts';
import type { AnswerStyle } from './compose.ts';
import { composeAnswer } from './compose.ts';
import { readContextFiles } from './context-files.ts';
import { guessTaskKind, namedTaskKind } from './task-kind.ts';
import type { TaskKind } from './task-kind.ts';

export interface AnswerVoice {
  readonly label: string;
  readonly style: AnswerStyle;
}

/** The answer to a conversation. Deterministic: equal messages give an equal answer. */
export function writeAnswer(messages: readonly ChatMessage[], voice: AnswerVoice): string {
  const { conversation, begun, repeated } = splitContinuation(messages);
  const asked = conversation.findLast(({ role }) => role === 'user')?.text ?? '';
  const latest = readContextFiles(asked);
  // Context may come in a message of its own, before the question or as a system message.
  const earlier = conversation.filter(({ role, text }) => role !== 'assistant' && text !== asked);
  const files = [...earlier.flatMap(({ text }) => readContextFiles(text).files), ...latest.files];
  const whole = composeAnswer({
    ...voice,
    kind: statedKind(conversation) ?? guessTaskKind(latest.prose),
    prose: latest.prose,
    files: files.map((file, index) => readCodeFacts(file, index + 1)),
  });
  return begun !== '' && whole.startsWith(begun) ? repeated + whole.slice(begun.length) : whole;
}

/** Word-like pieces, as a model's tokens look to a reader; joined they are the text again. */
export function chunkAnswer(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+/g) ?? [];
}

/** A system prompt may state the kind in a line of its own; the user's words then need no guessing. */
function statedKind(conversation: readonly ChatMessage[]): TaskKind | undefined {
  return conversation
    .map(({ role, text }) => (role === 'system' ? namedTaskKind(text) : undefined))
    .find((kind) => kind !== undefined);
}

const continuePattern = /\bcontinu(?:e|ing)\b/i;

/** The conversation up to the task, and what was already said of its answer. */
function splitContinuation(messages: readonly ChatMessage[]): {
  conversation: readonly ChatMessage[];
  begun: string;
  /** Words at its end that are to be said again. */
  repeated: string;
} {
  const last = messages.at(-1);
  if (last?.role === 'assistant')
    return { conversation: messages.slice(0, -1), begun: last.text, repeated: '' };
  const beforeLast = messages.at(-2);
  const asksToContinue = last !== undefined && last.text.length < 1_000 && continuePattern.test(last.text);
  if (asksToContinue && beforeLast?.role === 'assistant' && messages.length > 2) {
    const words = /<last_words>([\s\S]*)<\/last_words>/.exec(last.text)?.[1] ?? '';
    const at = words === '' ? -1 : beforeLast.text.lastIndexOf(words);
    const repeated = at === -1 ? '' : beforeLast.text.slice(at);
    return { conversation: messages.slice(0, -2), begun: beforeLast.text, repeated };
  }
  return { conversation: messages, begun: '', repeated: '' };
}
