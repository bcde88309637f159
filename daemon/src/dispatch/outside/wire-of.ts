/** The format in which a kind of provider is asked and answers; null: one that no tool speaks. */
import type { ProviderKind } from '@task-router/protocol';
import type { WireFormat } from '../../providers/model-call.ts';

const formats: Readonly<Record<ProviderKind, WireFormat | null>> = {
  openai: 'openai-chat',
  'openai-compatible': 'openai-chat',
  anthropic: 'anthropic-messages',
  google: null,
  ollama: null,
  editor: null,
};

export function wireOf(provider: ProviderKind): WireFormat | null {
  return formats[provider];
}
