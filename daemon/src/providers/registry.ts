/** Every kind of provider and what makes one. A kind without an entry does not compile. */
import type { ProviderKind } from '@task-router/protocol';
import { createAnthropicProvider } from './anthropic/index.ts';
import { createGoogleProvider } from './google/index.ts';
import { createOllamaProvider } from './ollama/index.ts';
import { createOpenaiCompatibleProvider } from './openai-compatible/index.ts';
import { createOpenaiProvider } from './openai/index.ts';
import type { Endpoint, Provider, ProviderFactory } from './provider.ts';

/** Models inside an editor window have no endpoint: `createEditorProvider` (editor/index.ts) makes those. */
const factories: Readonly<Record<Exclude<ProviderKind, 'editor'>, ProviderFactory>> = {
  openai: createOpenaiProvider,
  'openai-compatible': createOpenaiCompatibleProvider,
  anthropic: createAnthropicProvider,
  google: createGoogleProvider,
  ollama: createOllamaProvider,
};

/** A provider for an endpoint. Sends nothing by itself. Throws for `editor`, which no endpoint can have. */
export function createProvider(endpoint: Endpoint): Provider {
  if (endpoint.provider === 'editor') throw new Error('The models of an editor window have no endpoint.');
  return factories[endpoint.provider](endpoint);
}
