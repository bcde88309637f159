/**
 * What an Ollama server has in memory (`/api/ps`), and how large its other models are (`/api/tags`). The first is asked
 * each time and answered from memory; the second changes with a download, so it is asked now and then.
 */
import * as z from 'zod';
import type { Transport } from '../transport/http.ts';
import { isModelId, tokenCount } from '../model-list.ts';
import type { ModelLoad, ServerLoad } from '../server-load.ts';
import { byteCount, instantMs, loadAnswer, mostModels } from '../server-load.ts';

const unknown = z.unknown().optional();
const entrySchema = z
  .object({
    name: unknown,
    model: unknown,
    size: unknown,
    size_vram: unknown,
    expires_at: unknown,
    context_length: unknown,
  })
  .nullable()
  .catch(null);
const listSchema = z.object({ models: z.array(entrySchema).nullable() });
type Entry = NonNullable<z.infer<typeof entrySchema>>;

const askSizesEveryMs = 60_000;

/** Reads the load of one server; throws `ProviderError` when it does not answer. */
export function createLoadReader(transport: Transport): (signal: AbortSignal) => Promise<ServerLoad> {
  let files: { readonly atMs: number; readonly entries: readonly Entry[] } | null = null;
  return async (signal) => {
    const [running, listed] = await Promise.all([ask('/api/ps', signal), filesNow(signal)]);
    const loaded = running.flatMap((entry) => loadedModel(entry));
    const names = new Set(loaded.map(({ modelId }) => modelId));
    const cold = listed.flatMap((entry) => coldModel(entry)).filter(({ modelId }) => !names.has(modelId));
    return {
      models: [...loaded, ...cold].slice(0, mostModels),
      slots: null,
      busySlots: null,
      windowOnRequest: true,
    };
  };

  async function filesNow(signal: AbortSignal): Promise<readonly Entry[]> {
    const nowMs = performance.now();
    if (files !== null && nowMs - files.atMs < askSizesEveryMs) return files.entries;
    const entries = await ask('/api/tags', signal).catch(() => null);
    if (entries !== null) files = { atMs: nowMs, entries };
    return entries ?? files?.entries ?? [];
  }

  async function ask(path: string, signal: AbortSignal): Promise<readonly Entry[]> {
    const { models } = await transport.json(path, listSchema, { signal, bytes: loadAnswer.bytes });
    return (models ?? []).slice(0, mostModels).flatMap((entry) => (entry === null ? [] : [entry]));
  }
}

function loadedModel(entry: Entry): ModelLoad[] {
  const modelId = entry.model ?? entry.name;
  if (!isModelId(modelId)) return [];
  return [
    {
      modelId,
      state: 'loaded',
      windowTokens: tokenCount(entry.context_length) ?? null,
      bytes: byteCount(entry.size),
      gpuBytes: entry.size_vram === 0 ? 0 : byteCount(entry.size_vram),
      unloadsAtMs: instantMs(entry.expires_at),
    },
  ];
}

function coldModel(entry: Entry): ModelLoad[] {
  const modelId = entry.model ?? entry.name;
  if (!isModelId(modelId)) return [];
  const bytes = byteCount(entry.size);
  return [{ modelId, state: 'cold', windowTokens: null, bytes, gpuBytes: null, unloadsAtMs: null }];
}
