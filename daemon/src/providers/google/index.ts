/** Google's Gemini interface (`generativelanguage.googleapis.com`). */
import * as z from 'zod';
import { Transport } from '../transport/http.ts';
import { field, labelOf, maxPages, mayChat, toModelList, tokenCount } from '../model-list.ts';
import { placeholderKey } from '../placeholder-key.ts';
import type { Endpoint, Provider, ServerModel } from '../provider.ts';
import { streamThroughSdk } from '../sdk-stream.ts';
import { googleErrorRules } from './errors.ts';

const modelSchema = z.object({
  name: z.string(),
  displayName: z.unknown().optional(),
  inputTokenLimit: z.unknown().optional(),
  outputTokenLimit: z.unknown().optional(),
  thinking: z.boolean().optional().catch(undefined),
  supportedGenerationMethods: z.array(z.string()).optional().catch(undefined),
});
type ListedModel = z.infer<typeof modelSchema>;
const pageSchema = z.object({
  models: z.array(modelSchema.nullable().catch(null)).default([]),
  nextPageToken: z.string().optional().catch(undefined),
});

/** The Gemini interface at `endpoint`. */
export function createGoogleProvider(endpoint: Endpoint): Provider {
  const transport = new Transport(endpoint, {
    keyHeader: 'x-goog-api-key',
    defaultPath: '/v1beta',
    rules: googleErrorRules,
    neverStreamed: /application\/json/i,
  });
  return {
    kind: 'google',
    generate: (request) =>
      streamThroughSdk(transport, request, {
        systemFirst: true,
        async model(fetch) {
          const { createGoogle } = await import('../vendor-clients.ts');
          return createGoogle({ baseURL: transport.baseUrl, apiKey: placeholderKey, fetch })(request.modelId);
        },
      }),
    async listModels(signal) {
      const models: ServerModel[] = [];
      let after = '';
      for (let page = 0; page < maxPages; page += 1) {
        const listed = await transport.json(`models?pageSize=1000${after}`, pageSchema, { signal });
        models.push(
          ...listed.models.flatMap((model) =>
            model !== null && canChat(model) ? [toServerModel(model)] : [],
          ),
        );
        if (listed.nextPageToken === undefined || listed.nextPageToken === '') break;
        after = `&pageToken=${encodeURIComponent(listed.nextPageToken)}`;
      }
      return toModelList(models);
    },
  };
}

function canChat({ name, supportedGenerationMethods }: ListedModel): boolean {
  return (supportedGenerationMethods?.includes('generateContent') ?? true) && mayChat(name);
}

function toServerModel(model: ListedModel): ServerModel {
  return {
    modelId: model.name.replace(/^models\//, ''),
    ...field('label', labelOf(model.displayName)),
    ...field('contextWindow', tokenCount(model.inputTokenLimit)),
    ...field('maxOutputTokens', tokenCount(model.outputTokenLimit)),
    ...field('capabilities', model.thinking === undefined ? undefined : { reasoning: model.thinking }),
  };
}
