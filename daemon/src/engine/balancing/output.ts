/** How long an answer will be: what the conversation wrote of late, shrunk to what is usual for its kind of task. */
import { balance } from '../config/balancing.ts';
import type { ConversationBalance, KindOutput } from './model.ts';

export const initialKindOutput: KindOutput = { outputTokens: balance.kindOutputTokens, calls: 0 };

/** Tokens, at least 1. */
export function expectedOutput(conversation: ConversationBalance | null, kind: KindOutput): number {
  if (conversation === null || conversation.calls === 0) return Math.max(1, kind.outputTokens);
  const share = conversation.calls / (conversation.calls + balance.outputPriorCalls);
  return Math.max(1, kind.outputTokens + share * (conversation.outputTokens - kind.outputTokens));
}

export function observeKindOutput(kind: KindOutput, outputTokens: number): KindOutput {
  if (!(outputTokens >= 0 && outputTokens <= 1e8)) return kind;
  const weight = Math.max(balance.kindRate, 1 / (kind.calls + 20));
  return {
    outputTokens: kind.outputTokens + weight * (outputTokens - kind.outputTokens),
    calls: kind.calls + 1,
  };
}

/** The conversation's moving average; its first answer sets it. */
export function observeOutput(
  conversation: Pick<ConversationBalance, 'outputTokens' | 'calls'>,
  outputTokens: number,
): Pick<ConversationBalance, 'outputTokens' | 'calls'> {
  const weight = Math.max(balance.outputWeight, 1 / (conversation.calls + 1));
  return {
    outputTokens: conversation.outputTokens + weight * (outputTokens - conversation.outputTokens),
    calls: Math.min(conversation.calls + 1, 1_000),
  };
}
