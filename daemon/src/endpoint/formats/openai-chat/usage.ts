/** Usage and the end of an answer in OpenAI's words. */
import type { FinishReason } from '@task-router/protocol';
import type { Usage } from '../../../providers/provider.ts';

/** null where the provider reported nothing: unknown is not zero. */
export function usageOf(usage: Usage): object | null {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  if (inputTokens === null && outputTokens === null) return null;
  return {
    prompt_tokens: inputTokens ?? 0,
    completion_tokens: outputTokens ?? 0,
    total_tokens: (inputTokens ?? 0) + (outputTokens ?? 0),
    ...(cachedInputTokens !== null && { prompt_tokens_details: { cached_tokens: cachedInputTokens } }),
    ...(reasoningTokens !== null && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

/** Clients go on with a tool's result only after `tool_calls`, and some models say `stop` after a call. */
export function finishReasonOf(reason: FinishReason, calledTools: boolean): string {
  switch (reason) {
    case 'length':
      return 'length';
    case 'contentFilter':
      return 'content_filter';
    case 'toolCalls':
      return 'tool_calls';
    case 'stop':
    case 'other':
      return calledTools ? 'tool_calls' : 'stop';
  }
}
