/**
 * The smallest call that shows whether a route answers: one word asked for, a few tokens allowed, nothing of any task in
 * it. It is ended at the first sign that the model writes.
 */
import { callOf } from '../../providers/call-text.ts';
import type { Provider } from '../../providers/provider.ts';
import { ProviderError } from '../../providers/provider.ts';

const call = callOf([{ role: 'user', text: 'Reply with the word: ok' }]);
const maxOutputTokens = 16;

/** null when the route answers, else what went wrong. Never rejects. */
export async function probeByCall(
  provider: Provider,
  modelId: string,
  signal: AbortSignal,
): Promise<string | null> {
  let isThinking = false;
  try {
    for await (const event of provider.generate({ modelId, call, maxOutputTokens, signal })) {
      if (event.type === 'text' || event.type === 'toolStart' || event.type === 'finish') return null;
      isThinking ||= event.type === 'thinking';
    }
    return 'ended without an answer';
  } catch (thrown) {
    if (signal.aborted) return 'no answer in time';
    if (!(thrown instanceof ProviderError)) return 'the provider client failed unexpectedly';
    // All its tokens went into thinking: it is there.
    const isSpent = thrown.kind === 'empty' && (isThinking || thrown.message.includes('used up all tokens'));
    return isSpent ? null : thrown.message;
  }
}
