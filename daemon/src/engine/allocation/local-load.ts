/**
 * What a server on this machine has to do before it can begin: load the model, and perhaps throw another one out of
 * memory, which somebody then has to load again. Plain arithmetic over what the server reports; allocation derives
 * timeouts from it, selection counts it as time.
 */
import { localLoad } from '../config/allocation.ts';
import { clamp } from '../math/clamp.ts';

/** `unknown`: the server does not tell. */
export type LoadState = 'loaded' | 'cold' | 'unknown';

export interface LoadableModel {
  readonly state: LoadState;
  /** Window the loaded model was given, in tokens; null: not told, or not loaded. */
  readonly windowTokens: number | null;
  /** Memory it takes, or its file's size; null: unknown. */
  readonly bytes: number | null;
  /** Time one load of it takes, as learned or presumed (`coldStartMs`). */
  readonly coldStartMs: number;
}

export interface LoadRequest {
  readonly model: LoadableModel;
  /** Tokens the task needs room for, answer included. */
  readonly neededTokens: number;
  /** Whether the server loads the model anew when a call asks for a larger window (Ollama). */
  readonly windowOnRequest: boolean;
  /** The other models that are loaded now. */
  readonly others: readonly LoadableModel[];
  /** Memory all loaded models may take together; null: unknown. */
  readonly capacityBytes: number | null;
}

export interface LoadDelay {
  readonly state: LoadState;
  /** Expected time until the model is in memory, in ms; 0 when it is. */
  readonly coldStartMs: number;
  /** Expected time to load again what this load throws out, in ms: nobody waits for it in this task. */
  readonly evictionMs: number;
}

/**
 * The delay of one call. A loaded model whose window is too small for the task counts as cold where the server would
 * load it anew. Models thrown out are the cheapest ones that make room, because that is the least that can happen.
 * Linear in the number of loaded models but for one sort.
 */
export function loadDelay(request: LoadRequest): LoadDelay {
  const { model, neededTokens } = request;
  const grows = request.windowOnRequest && model.windowTokens !== null && neededTokens > model.windowTokens;
  const state = model.state === 'loaded' && grows ? 'cold' : model.state;
  if (state !== 'cold') return { state, coldStartMs: 0, evictionMs: 0 };
  return {
    state,
    coldStartMs: clamp(model.coldStartMs, 0, localLoad.longestMs),
    evictionMs: clamp(evictionMs(request), 0, localLoad.longestMs),
  };
}

/** Unknown sizes or an unknown capacity evict nothing: a guess would only push local models aside. */
function evictionMs({ model, others, capacityBytes }: LoadRequest): number {
  if (capacityBytes === null || model.bytes === null) return 0;
  const loaded = others.filter(({ state }) => state === 'loaded');
  const taken = loaded.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  let missing = taken + model.bytes - capacityBytes;
  let reloadMs = 0;
  for (const other of [...loaded].sort((a, b) => a.coldStartMs - b.coldStartMs)) {
    if (missing <= 0) break;
    missing -= other.bytes ?? 0;
    reloadMs += other.coldStartMs;
  }
  return reloadMs;
}

/**
 * Time that a call waits for foreign calls on the server's slots, in ms: 0 while a slot is free for it; else each call
 * ahead of it leaves after about one call's time, `slots` of them beside each other.
 */
export function foreignQueueMs(
  calls: { readonly ours: number; readonly foreign: number; readonly slots: number | null },
  callMs: number,
): number {
  if (calls.slots === null || calls.slots <= 0) return 0;
  const ahead = calls.ours + calls.foreign - calls.slots + 1;
  return ahead <= 0 ? 0 : clamp((ahead / calls.slots) * callMs, 0, localLoad.longestMs);
}
