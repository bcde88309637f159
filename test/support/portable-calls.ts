/** Targets of calls, and calls to make fit for them. */
import type { ModelCall, ModelMessage } from '../../daemon/src/providers/model-call.ts';
import { portable } from '../../daemon/src/providers/portable-call.ts';
import type { CallTarget } from '../../daemon/src/providers/portable/target.ts';

export const targets: readonly CallTarget[] = [
  { provider: 'anthropic', modelId: 'claude-sonnet-4-5' },
  { provider: 'openai', modelId: 'gpt-5' },
  { provider: 'openai-compatible', modelId: 'qwen3-coder' },
  { provider: 'openai-compatible', modelId: 'mistral-large-latest' },
  { provider: 'openai-compatible', modelId: 'deepseek-chat' },
  { provider: 'google', modelId: 'gemini-2.5-pro' },
  { provider: 'ollama', modelId: 'llama3.3' },
  { provider: 'editor', modelId: 'copilot' },
];
export const [anthropic, openai, compatible, mistral, deepseek, google] = targets as [
  CallTarget,
  CallTarget,
  CallTarget,
  CallTarget,
  CallTarget,
  CallTarget,
];

export function promptOf(...prompt: ModelMessage[]): ModelCall {
  return { prompt };
}

export function partsOf(call: ModelCall, target: CallTarget, at: number): readonly unknown[] {
  const content = portable(call, target).call.prompt[at]?.content;
  return Array.isArray(content) ? content : [];
}

export function toolCall(toolCallId: string, toolName = 'read'): ModelMessage {
  return { role: 'assistant', content: [{ type: 'tool-call', toolCallId, toolName, input: { path: 'a' } }] };
}

export function toolResult(toolCallId: string, value = 'ok'): ModelMessage {
  return {
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId, toolName: 'read', output: { type: 'text', value } }],
  };
}

export function idsIn({ prompt }: ModelCall): { calls: string[]; results: string[] } {
  const parts = prompt.flatMap(({ role, content }) =>
    role === 'assistant' || role === 'tool' ? [...content] : [],
  );
  return {
    calls: parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : [])),
    results: parts.flatMap((part) => (part.type === 'tool-result' ? [part.toolCallId] : [])),
  };
}
