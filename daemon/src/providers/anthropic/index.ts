/** Anthropic's Messages interface, at Anthropic and at servers that speak it too. */
import * as z from 'zod';
import { createForwarding } from '../forward/forwarder.ts';
import { Transport } from '../transport/http.ts';
import { field, labelOf, maxPages, toModelList, tokenCount } from '../model-list.ts';
import { placeholderKey } from '../placeholder-key.ts';
import type { Endpoint, Provider, ServerModel } from '../provider.ts';
import { streamThroughSdk } from '../sdk-stream.ts';
import { anthropicErrorRules } from './errors.ts';

const version = '2023-06-01';

const supported = z
  .object({ supported: z.boolean() })
  .transform((each) => each.supported)
  .optional()
  .catch(undefined);
const modelSchema = z.object({
  id: z.string(),
  display_name: z.unknown().optional(),
  max_input_tokens: z.unknown().optional(),
  max_tokens: z.unknown().optional(),
  capabilities: z
    .object({ image_input: supported, structured_outputs: supported, thinking: supported })
    .optional()
    .catch(undefined),
});
const pageSchema = z.object({
  data: z.array(modelSchema.nullable().catch(null)),
  has_more: z.boolean().optional().catch(undefined),
  last_id: z.string().nullish().catch(null),
});

/** The Messages interface at `endpoint`. */
export function createAnthropicProvider(endpoint: Endpoint): Provider {
  const transport = new Transport(endpoint, {
    keyHeader: 'x-api-key',
    defaultPath: '/v1',
    headers: { 'anthropic-version': version },
    rules: anthropicErrorRules,
    neverStreamed: /application\/json/i,
  });
  return {
    kind: 'anthropic',
    generate: (request) =>
      streamThroughSdk(transport, request, {
        systemFirst: true,
        async model(fetch) {
          const { createAnthropic } = await import('../vendor-clients.ts');
          return createAnthropic({ baseURL: transport.baseUrl, apiKey: placeholderKey, fetch })(
            request.modelId,
          );
        },
      }),
    forward: createForwarding(transport, { format: 'anthropic-messages' }),
    async listModels(signal) {
      const models: ServerModel[] = [];
      let after = '';
      for (let page = 0; page < maxPages; page += 1) {
        const { data, has_more, last_id } = await transport.json(`models?limit=1000${after}`, pageSchema, {
          signal,
        });
        models.push(...data.flatMap((model) => (model === null ? [] : [toServerModel(model)])));
        if (has_more !== true || typeof last_id !== 'string') break;
        after = `&after_id=${encodeURIComponent(last_id)}`;
      }
      return toModelList(models);
    },
  };
}

function toServerModel(model: z.infer<typeof modelSchema>): ServerModel {
  const { image_input, structured_outputs, thinking } = model.capabilities ?? {};
  return {
    modelId: model.id,
    ...field('label', labelOf(model.display_name)),
    ...field('contextWindow', tokenCount(model.max_input_tokens)),
    ...field('maxOutputTokens', tokenCount(model.max_tokens)),
    ...field(
      'capabilities',
      model.capabilities && {
        ...field('vision', image_input),
        ...field('structuredOutput', structured_outputs),
        ...field('reasoning', thinking),
      },
    ),
  };
}
