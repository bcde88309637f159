/** Ends of attempts that never reached a server. */
import type { FailureKind } from '../../engine/index.ts';
import type { AttemptEnd } from './attempt-end.ts';

const noUsage = { inputTokens: null, outputTokens: null, cachedInputTokens: null, reasoningTokens: null };

/** Failed before anything was sent. */
export function unstarted(failure: FailureKind, message: string): AttemptEnd {
  return {
    status: 'failed',
    failure,
    message,
    finishReason: null,
    firstTokenMs: null,
    totalMs: 0,
    usage: noUsage,
    wroteText: false,
    writtenChars: 0,
    emittedToolCall: false,
    retryAfterMs: null,
    rateLimit: null,
    connected: true,
    isOwnNetwork: false,
    seamBroken: false,
    refusal: null,
    slept: false,
  };
}

export const goneAway = unstarted('network', 'The node was removed while the task was running.');
export const holdLost = unstarted('overloaded', 'What was held for it had run out.');
export const cancelledEnd: AttemptEnd = {
  ...unstarted('overloaded', ''),
  status: 'cancelled',
  failure: null,
  message: null,
};
