/** The providers under test, each with a server that speaks its wire. */
import type { ProviderKind } from '@task-router/protocol';
import { createAnthropicFormat } from '../../daemon/src/demo/formats/anthropic.ts';
import type { DemoModel, WireFormat } from '../../daemon/src/demo/formats/format.ts';
import { createOllamaFormat } from '../../daemon/src/demo/formats/ollama.ts';
import { createOpenaiFormat } from '../../daemon/src/demo/formats/openai.ts';
import { createProvider } from '../../daemon/src/providers/registry.ts';
import type { Provider } from '../../daemon/src/providers/provider.ts';
import { createGeminiFormat } from './gemini-format.ts';
import { createResponsesFormat } from './responses-format.ts';
import { startWireServer } from './wire-server.ts';
import type { WireServer } from './wire-server.ts';

export interface Subject {
  readonly name: string;
  readonly kind: Exclude<ProviderKind, 'editor'>;
  readonly model: DemoModel;
  readonly format: (model: DemoModel) => WireFormat;
  /** Behind the server's origin. */
  readonly path: string;
  /** What the wire can't say. */
  readonly lacks: readonly (
    'refusals' | 'rateLimitHeaders' | 'opening' | 'modelInBody' | 'toolCalls' | 'endMarker'
  )[];
}

const model = (id: string): DemoModel => ({
  id,
  label: `Label of ${id}`,
  contextWindow: 32_768,
  maxOutputTokens: 4_096,
});

export const subjects: readonly Subject[] = [
  {
    name: 'openai',
    kind: 'openai',
    model: model('gpt-4.1'),
    format: (each) => createOpenaiFormat([each]),
    path: '/v1',
    lacks: [],
  },
  {
    name: 'openai (responses)',
    kind: 'openai',
    model: model('gpt-6-sol'),
    format: (each) => createResponsesFormat([each]),
    path: '/v1',
    lacks: ['toolCalls', 'endMarker'],
  },
  {
    name: 'openai-compatible',
    kind: 'openai-compatible',
    model: model('lab/coder'),
    format: (each) => createOpenaiFormat([each]),
    path: '/v1',
    lacks: [],
  },
  {
    name: 'anthropic',
    kind: 'anthropic',
    model: model('claude-test'),
    format: (each) => createAnthropicFormat([each]),
    path: '/v1',
    lacks: [],
  },
  {
    name: 'google',
    kind: 'google',
    model: model('gemini-test'),
    format: createGeminiFormat,
    path: '/v1beta',
    lacks: ['rateLimitHeaders', 'opening', 'modelInBody', 'toolCalls', 'endMarker'],
  },
  {
    name: 'ollama',
    kind: 'ollama',
    model: model('coder:latest'),
    format: (each) => createOllamaFormat([each]),
    path: '',
    lacks: ['refusals', 'rateLimitHeaders', 'opening'],
  },
];

/** In no shape that a pattern knows, so that only exact redaction finds it. */
export const canaryKey = 'canary+Key/1234567890==zz';

export interface Stage {
  readonly server: WireServer;
  readonly provider: Provider;
}

/** A server with the subject's wire, and the provider pointed at it. The server answers with the messages it got. */
export async function setUp(subject: Subject, answer?: string): Promise<Stage> {
  const server = await startWireServer(
    subject.format(subject.model),
    (messages) => answer ?? JSON.stringify(messages),
  );
  return { server, provider: providerFor(subject, server.origin) };
}

export function providerFor(subject: Subject, origin: string, apiKey: string | null = canaryKey): Provider {
  return createProvider({
    nodeId: 'test',
    provider: subject.kind,
    baseUrl: `${origin}${subject.path}`,
    apiKey,
    models: [],
  });
}
