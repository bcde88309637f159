/**
 * Load of the servers on this machine that speak OpenAI's wire: LM Studio tells the state of each model in its own
 * list, llama.cpp its settings and its slots. Which of the two it is, the first answer shows; after that only its own
 * questions are asked. Any other server says nothing, and is not asked on every decision: the caller sees to that.
 */
import * as z from 'zod';
import type { Transport } from '../transport/http.ts';
import { isModelId, tokenCount } from '../model-list.ts';
import type { ModelLoad, ServerLoad } from '../server-load.ts';
import { loadAnswer, mostModels, slotCount } from '../server-load.ts';

const unknown = z.unknown().optional();
const ownListSchema = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        state: z.enum(['loaded', 'not-loaded', 'loading']),
        loaded_context_length: unknown,
      }),
    )
    .min(1),
});
const propsSchema = z.object({
  total_slots: unknown,
  default_generation_settings: z.object({ n_ctx: unknown }),
});
const slotsSchema = z.array(z.object({ is_processing: z.boolean() })).max(1024);

type Asked = 'lm-studio' | 'llama-cpp';

/** Reads the load of one server; null where it says nothing of it. Never rejects but for an abort. */
export function createLoadReader(transport: Transport): (signal: AbortSignal) => Promise<ServerLoad | null> {
  let known: Asked | null = null;
  return async (signal) => {
    if (!transport.isLoopback) return null;
    const [lmStudio, llamaCpp] = await Promise.all([
      known === 'llama-cpp' ? null : lmStudioLoad(transport, signal),
      known === 'lm-studio' ? null : llamaCppLoad(transport, signal),
    ]);
    if (lmStudio !== null) known = 'lm-studio';
    else if (llamaCpp !== null) known = 'llama-cpp';
    // Another server may have taken the port.
    else known = null;
    return lmStudio ?? llamaCpp;
  };
}

async function lmStudioLoad(transport: Transport, signal: AbortSignal): Promise<ServerLoad | null> {
  const own = await ask(transport, '/api/v0/models', ownListSchema, signal);
  if (own === null) return null;
  const models = own.data
    .slice(0, mostModels)
    .flatMap(({ id, state, loaded_context_length }): ModelLoad[] => {
      if (!isModelId(id)) return [];
      const isLoaded = state === 'loaded';
      return [
        {
          modelId: id,
          state: isLoaded ? 'loaded' : 'cold',
          windowTokens: isLoaded ? (tokenCount(loaded_context_length) ?? null) : null,
          bytes: null,
          gpuBytes: null,
          unloadsAtMs: null,
        },
      ];
    });
  return { models, slots: null, busySlots: null, windowOnRequest: false };
}

async function llamaCppLoad(transport: Transport, signal: AbortSignal): Promise<ServerLoad | null> {
  const [props, slots] = await Promise.all([
    ask(transport, '/props', propsSchema, signal),
    ask(transport, '/slots', slotsSchema, signal),
  ]);
  if (props === null) return null;
  const windowTokens = tokenCount(props.default_generation_settings.n_ctx) ?? null;
  return {
    models: [
      { modelId: null, state: 'loaded', windowTokens, bytes: null, gpuBytes: null, unloadsAtMs: null },
    ],
    slots: slotCount(props.total_slots) ?? slotCount(slots?.length),
    // May be switched off on the server.
    busySlots: slots?.filter((slot) => slot.is_processing).length ?? null,
    windowOnRequest: false,
  };
}

async function ask<Schema extends z.ZodType>(
  transport: Transport,
  path: string,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.output<Schema> | null> {
  try {
    return await transport.json(path, schema, { signal, bytes: loadAnswer.bytes });
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
