/**
 * How large a window to ask Ollama for. It loads a model with a default that depends on the machine (4,096 tokens on
 * most) whatever the model could do, and loads it anew for any other size, a smaller one too; so the size in force is
 * kept while it is large enough, and else a size is only named when the task needs it, in steps that later tasks fit into.
 */
import * as z from 'zod';
import { charsOf } from '../call-text.ts';
import type { Transport } from '../transport/http.ts';
import type { GenerateRequest } from '../provider.ts';

/** The smallest default of any version since 0.6. */
const defaultTokens = 4_096;
const largestTokens = 262_144;
/** Room for the answer when nobody said how long it may get. */
const answerTokens = 2_048;
/** Code has about 3.5 characters a token, other text more; too large a window costs memory, too small the answer. */
const charsPerToken = 3;

const runningSchema = z.object({
  models: z.array(
    z
      .object({
        model: z.string().optional(),
        name: z.string().optional(),
        context_length: z.int().positive(),
      })
      .nullable()
      .catch(null),
  ),
});
/** The question is answered from memory; when it is not, the window is named to be safe. */
const askMs = 500;

/** Tokens to ask for; null: leave it to the server. */
export async function contextFor(transport: Transport, request: GenerateRequest): Promise<number | null> {
  const needed = Math.ceil(charsOf(request.call) / charsPerToken) + (request.maxOutputTokens ?? answerTokens);
  // A server may have been seen to cut at less than its usual default: an older one, or one that was set so.
  const isSmall = needed <= Math.min(defaultTokens, request.readsAtMost ?? defaultTokens);
  const loaded = request.loadedWindow ?? (isSmall ? null : await loadedWindow(transport, request));
  // Named although it is in force: left out it would mean the default, and a load of the model with that.
  if (loaded !== null && loaded >= needed) return loaded;
  return isSmall ? null : Math.min(2 ** Math.ceil(Math.log2(needed)), largestTokens);
}

async function loadedWindow(
  transport: Transport,
  { modelId, signal }: GenerateRequest,
): Promise<number | null> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
  const running = await transport.json('/api/ps', runningSchema, { signal: bounded }).catch(() => null);
  const names = [modelId, `${modelId}:latest`];
  const model = running?.models.find(
    (each) => names.includes(each?.model ?? '') || names.includes(each?.name ?? ''),
  );
  return model?.context_length ?? null;
}
