/**
 * OpenAI itself. Chat completions for everything that has them, because gateways, proxies and test servers speak that
 * wire; the Responses interface for the models that are served nowhere else.
 */
import * as z from 'zod';
import { createForwarding } from '../forward/forwarder.ts';
import { Transport } from '../transport/http.ts';
import { mayChat, toModelList } from '../model-list.ts';
import { openaiErrorRules } from '../errors/openai-errors.ts';
import type { Endpoint, Provider } from '../provider.ts';
import { streamThroughSdk } from '../sdk-stream.ts';
import { placeholderKey } from '../placeholder-key.ts';

const listSchema = z.object({ data: z.array(z.object({ id: z.string() }).catch({ id: '' })) });

/** `o1-pro`, `gpt-5.2-codex`, and every generation from `gpt-6` on: models without chat completions. */
const responsesOnly = /(?:^|-)(?:pro|codex)(?:-|$)|^gpt-(?:[6-9]|\d{2})(?!\d)/;

/** OpenAI's own interface at `endpoint`. */
export function createOpenaiProvider(endpoint: Endpoint): Provider {
  const transport = new Transport(endpoint, {
    keyHeader: 'authorization',
    defaultPath: '/v1',
    rules: openaiErrorRules,
    neverStreamed: /application\/json/i,
  });
  return {
    kind: 'openai',
    generate: (request) =>
      streamThroughSdk(transport, request, {
        systemFirst: false,
        async model(fetch) {
          const { createOpenAI } = await import('../vendor-clients.ts');
          const client = createOpenAI({ baseURL: transport.baseUrl, apiKey: placeholderKey, fetch });
          return needsResponses(request.modelId)
            ? client.responses(request.modelId)
            : client.chat(request.modelId);
        },
        // Responses keeps conversations unless told otherwise; chat completions does not.
        ...(needsResponses(request.modelId) ? { options: { openai: { store: false } } } : {}),
      }),
    forward: createForwarding(transport, {
      format: 'openai-chat',
      takes: (modelId) => !needsResponses(modelId),
    }),
    async listModels(signal) {
      const { data } = await transport.json('models', listSchema, { signal });
      return toModelList(data.filter(({ id }) => mayChat(id)).map(({ id }) => ({ modelId: id })));
    },
  };
}

function needsResponses(modelId: string): boolean {
  return responsesOnly.test(modelId);
}
