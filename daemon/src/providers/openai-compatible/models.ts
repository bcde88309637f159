/**
 * Model lists of servers on the OpenAI wire. Only the id is common; each server adds the rest in its own words, and
 * those words are enough to tell them apart. For servers on this machine two more questions are asked: LM Studio's own
 * list and llama.cpp's settings, because there the window depends on how the model was loaded.
 */
import type { Capabilities, Prices } from '@task-router/protocol';
import * as z from 'zod';
import type { Transport } from '../transport/http.ts';
import { field, labelOf, mayChat, toModelList, tokenCount } from '../model-list.ts';
import type { ServerModel } from '../provider.ts';

const text = z.string().max(200).optional().catch(undefined);
const words = z.array(z.string().max(100)).max(100).optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const unknown = z.unknown().optional();
const group = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).optional().catch(undefined);

const modelSchema = z.object({
  id: z.string(),
  name: unknown,
  type: text,
  /** OpenRouter and most gateways; Groq; vLLM; Mistral and LM Studio. */
  context_length: unknown,
  context_window: unknown,
  max_model_len: unknown,
  max_context_length: unknown,
  loaded_context_length: unknown,
  max_completion_tokens: unknown,
  max_output_length: unknown,
  /** llama.cpp: what it was started with, and what the model was made for. */
  meta: group({ n_ctx: unknown, n_ctx_train: unknown }),
  top_provider: group({ max_completion_tokens: unknown }),
  architecture: group({ input_modalities: words, output_modalities: words }),
  supported_parameters: words,
  /** Mistral: an object of flags. LM Studio: a list of words. */
  capabilities: z
    .union([
      z.object({ completion_chat: flag, function_calling: flag, vision: flag, reasoning: flag }),
      z.array(z.string().max(100)).max(100),
    ])
    .optional()
    .catch(undefined),
  pricing: group({ prompt: text, completion: text, input_cache_read: text, input_cache_write: text }),
});
type ListedModel = z.infer<typeof modelSchema>;

const entries = z.array(modelSchema.nullable().catch(null));
const listSchema = z.union([
  z.object({ data: entries }).transform(({ data }) => data),
  z.object({ models: entries }).transform(({ models }) => models),
  entries,
]);
const propsSchema = z.object({ default_generation_settings: z.object({ n_ctx: unknown }) });

/** Extra questions to servers on this machine must not hold up the list. */
const extraMs = 700;

/** The models that can chat. Throws `ProviderError`. */
export async function listModels(transport: Transport, signal: AbortSignal): Promise<readonly ServerModel[]> {
  const [listed, own, props] = await Promise.all([
    transport.json('models', listSchema, { signal }),
    extra(transport, signal, '/api/v0/models', listSchema),
    extra(transport, signal, '/props', propsSchema),
  ]);
  const details = new Map(
    (own ?? []).flatMap((model) => (model === null ? [] : [[model.id, model] as const])),
  );
  const models = listed
    .flatMap((model) => (model === null ? [] : [{ ...model, ...withoutUnknown(details.get(model.id)) }]))
    .filter(canChat);
  // llama.cpp's settings speak of the one model it has loaded.
  const window = models.length === 1 ? tokenCount(props?.default_generation_settings.n_ctx) : undefined;
  return toModelList(models.map((model) => toServerModel(model, window)));
}

async function extra<Schema extends z.ZodType>(
  transport: Transport,
  signal: AbortSignal,
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  if (!transport.isLoopback) return null;
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(extraMs)]);
  return transport.json(path, schema, { signal: bounded }).catch(() => null);
}

function withoutUnknown(model: ListedModel | undefined): Partial<ListedModel> {
  return Object.fromEntries(Object.entries(model ?? {}).filter(([, value]) => value !== undefined));
}

/** What a server says of its model decides; the name decides only where it says nothing. */
function canChat(model: ListedModel): boolean {
  const { capabilities, architecture, type } = model;
  if (architecture?.output_modalities !== undefined) return architecture.output_modalities.includes('text');
  if (
    capabilities !== undefined &&
    !Array.isArray(capabilities) &&
    capabilities.completion_chat !== undefined
  ) {
    return capabilities.completion_chat;
  }
  if (type !== undefined && type !== 'model') return /^(?:llm|vlm|chat|language|text|base|code)/i.test(type);
  return mayChat(model.id);
}

function toServerModel(model: ListedModel, loadedWindow: number | undefined): ServerModel {
  const { meta, top_provider } = model;
  return {
    modelId: model.id,
    ...field('label', labelOf(model.name)),
    ...field(
      'contextWindow',
      firstCount(
        // As loaded first, as made last: more than was loaded does not fit.
        [loadedWindow, model.loaded_context_length, meta?.n_ctx, model.max_model_len],
        [model.context_length, model.context_window, model.max_context_length, meta?.n_ctx_train],
      ),
    ),
    ...field(
      'maxOutputTokens',
      firstCount(
        [top_provider?.max_completion_tokens, model.max_completion_tokens, model.max_output_length],
        [],
      ),
    ),
    ...field('capabilities', capabilitiesOf(model)),
    ...field('prices', pricesOf(model.pricing)),
  };
}

function firstCount(...groups: readonly (readonly unknown[])[]): number | undefined {
  return groups
    .flat()
    .map(tokenCount)
    .find((count) => count !== undefined);
}

function capabilitiesOf(model: ListedModel): Partial<Capabilities> | undefined {
  const flags = Array.isArray(model.capabilities) ? undefined : model.capabilities;
  const tags = Array.isArray(model.capabilities) ? model.capabilities : undefined;
  const parameters = model.supported_parameters;
  const modalities = model.architecture?.input_modalities;
  const found: Partial<Capabilities> = {
    ...field('tools', first(flags?.function_calling, parameters?.includes('tools'), has(tags, 'tool_use'))),
    ...field('vision', first(flags?.vision, modalities?.includes('image'), isVision(model.type))),
    ...field('reasoning', first(flags?.reasoning, parameters?.includes('reasoning'))),
    ...field('structuredOutput', parameters?.includes('structured_outputs')),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

function first(...values: readonly (boolean | undefined)[]): boolean | undefined {
  return values.find((value) => value !== undefined);
}

/** A tag says yes; its absence says nothing, because older versions don't know the tag. */
function has(tags: readonly string[] | undefined, tag: string): true | undefined {
  return tags?.includes(tag) === true ? true : undefined;
}

function isVision(type: string | undefined): boolean | undefined {
  if (type === 'vlm') return true;
  return type === 'llm' ? false : undefined;
}

/** OpenRouter's form: dollars per token, as text; -1 where the price depends on what it picks. */
function pricesOf(pricing: ListedModel['pricing']): Prices | undefined {
  const input = perMillion(pricing?.prompt);
  const output = perMillion(pricing?.completion);
  if (input === undefined || output === undefined) return undefined;
  return {
    inputPerMTok: input,
    outputPerMTok: output,
    ...field('cacheReadPerMTok', perMillion(pricing?.input_cache_read)),
    ...field('cacheWritePerMTok', perMillion(pricing?.input_cache_write)),
  };
}

function perMillion(perToken: string | undefined): number | undefined {
  if (perToken === undefined || !/^\d{1,6}(?:\.\d{1,20})?(?:e-\d{1,2})?$/i.test(perToken)) return undefined;
  // Away with the noise of the last binary digits: 0.0000003 × 1e6 is to be 0.3.
  return Number((Number(perToken) * 1e6).toPrecision(12));
}
