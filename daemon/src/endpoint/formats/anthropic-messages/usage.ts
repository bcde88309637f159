/** Usage and the end of an answer in Anthropic's words. */
import type { FinishReason } from '@task-router/protocol';
import type { Usage } from '../../../providers/provider.ts';

/**
 * Input without what was read from a cache, which stands beside it. The fields must be numbers: what a provider did not
 * report is 0 here.
 */
export function usageOf({ inputTokens, outputTokens, cachedInputTokens }: Usage): object {
  const cached = cachedInputTokens ?? 0;
  return {
    input_tokens: Math.max(0, (inputTokens ?? 0) - cached),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: outputTokens ?? 0,
  };
}

/** Clients run a tool only after `tool_use`, and some models say `stop` after a call. */
export function stopReasonOf(reason: FinishReason, calledTools: boolean): string {
  switch (reason) {
    case 'length':
      return 'max_tokens';
    case 'contentFilter':
      return 'refusal';
    case 'toolCalls':
      return 'tool_use';
    case 'stop':
    case 'other':
      return calledTools ? 'tool_use' : 'end_turn';
  }
}
