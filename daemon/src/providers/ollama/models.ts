/** What an Ollama server has: the list, and for each model its window and what it can do, as far as time allows. */
import type { Capabilities } from '@task-router/protocol';
import * as z from 'zod';
import type { Transport } from '../transport/http.ts';
import { field, isModelId, mayChat, toModelList, tokenCount } from '../model-list.ts';
import type { ServerModel } from '../provider.ts';

const tagsSchema = z.object({
  models: z
    .array(z.object({ name: z.string().optional(), model: z.string().optional() }).nullable().catch(null))
    .nullable(),
});
const showSchema = z.object({
  model_info: z.record(z.string(), z.unknown()).optional().catch(undefined),
  capabilities: z.array(z.string()).optional().catch(undefined),
});
type Shown = z.infer<typeof showSchema>;

/** Details are read from each model's file: a few at a time, and only as long as nobody waits for the list. */
const askedAtOnce = 4;
const mostAsked = 60;
const detailsMs = 1_000;

/** The models that can chat. Throws `ProviderError` when the list itself can't be had. */
export async function listModels(transport: Transport, signal: AbortSignal): Promise<readonly ServerModel[]> {
  const { models } = await transport.json('/api/tags', tagsSchema, { signal });
  const names = (models ?? []).map((model) => model?.name ?? model?.model).filter(isModelId);
  const shown = await showAll(transport, names, AbortSignal.any([signal, AbortSignal.timeout(detailsMs)]));
  return toModelList(
    names
      .filter((name) => canChat(name, shown.get(name)))
      .map((name) => toServerModel(name, shown.get(name))),
  );
}

async function showAll(
  transport: Transport,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const waiting = names.slice(0, mostAsked);
  const ask = async () => {
    for (let name = waiting.shift(); name !== undefined && !signal.aborted; name = waiting.shift()) {
      const found = await transport
        .json('/api/show', showSchema, { signal, body: { model: name } })
        .catch(() => null);
      if (found !== null) shown.set(name, found);
    }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, ask));
  return shown;
}

function canChat(name: string, shown: Shown | undefined): boolean {
  return shown?.capabilities?.includes('completion') ?? mayChat(name);
}

function toServerModel(name: string, shown: Shown | undefined): ServerModel {
  return {
    modelId: name,
    ...field('contextWindow', windowOf(shown?.model_info)),
    ...field('capabilities', shown?.capabilities && capabilitiesOf(shown.capabilities)),
  };
}

/** `llama.context_length` and the like; the architecture's name comes first. */
function windowOf(info: Shown['model_info']): number | undefined {
  const entry = Object.entries(info ?? {}).find(([name]) => name.endsWith('.context_length'));
  return tokenCount(entry?.[1]);
}

function capabilitiesOf(words: readonly string[]): Partial<Capabilities> {
  return {
    tools: words.includes('tools'),
    vision: words.includes('vision'),
    reasoning: words.includes('thinking'),
    // Every model can be held to a schema: the server restricts what it may write.
    structuredOutput: true,
  };
}
