/**
 * Everything that speaks OpenAI's chat completions: LM Studio, llama.cpp's server, vLLM, OpenRouter, Mistral, Groq and
 * many more. They agree on the answer and on little else, so lists and errors are read for what is there.
 */
import { createForwarding } from '../forward/forwarder.ts';
import { Transport } from '../transport/http.ts';
import { openaiErrorRules } from '../errors/openai-errors.ts';
import type { Endpoint, Provider } from '../provider.ts';
import { streamThroughSdk } from '../sdk-stream.ts';
import { createLoadReader } from './load.ts';
import { listModels } from './models.ts';

/** Hosts that refuse the wish for usage, and report it unasked. */
const refusesStreamOptions = /(?:^|\.)mistral\.ai$/;

/** The chat completions interface at `endpoint`. */
export function createOpenaiCompatibleProvider(endpoint: Endpoint): Provider {
  const transport = new Transport(endpoint, {
    keyHeader: 'authorization',
    defaultPath: '/v1',
    rules: openaiErrorRules,
    neverStreamed: /application\/json/i,
  });
  const includeUsage = !refusesStreamOptions.test(URL.parse(transport.baseUrl)?.hostname ?? '');
  return {
    kind: 'openai-compatible',
    generate: (request) =>
      streamThroughSdk(transport, request, {
        systemFirst: false,
        async model(fetch) {
          const { createOpenAICompatible } = await import('../vendor-clients.ts');
          return createOpenAICompatible({
            name: 'compatible',
            baseURL: transport.baseUrl,
            includeUsage,
            // A call with a schema only comes to models that are known to take one; without this it would be dropped.
            supportsStructuredOutputs: true,
            fetch,
          })(request.modelId);
        },
      }),
    forward: createForwarding(transport, { format: 'openai-chat', mayAskUsage: includeUsage }),
    listModels: (signal) => listModels(transport, signal),
    load: createLoadReader(transport),
  };
}
