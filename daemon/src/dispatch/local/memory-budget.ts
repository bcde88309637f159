/**
 * How much memory the models of one server may take together. No server says it, but each shows it: two models side by
 * side prove that much to be there, and a model that went before its time while another came proves the sum too much.
 * Until then the machine's memory is taken, less what everything else needs.
 */
import type { ModelLoad, ServerLoad } from '../../providers/server-load.ts';

/** Left to the system and the editor. */
const shareForModels = 0.8;

export class MemoryBudget {
  readonly #machineBytes: number;
  #atLeast = 0;
  #below = Infinity;

  constructor(machineBytes: number) {
    this.#machineBytes = machineBytes;
  }

  /** Bytes for all loaded models together. */
  get bytes(): number {
    return Math.max(this.#atLeast, Math.min(this.#below, this.#machineBytes * shareForModels));
  }

  /** Compares two looks at one server. */
  observe(before: ServerLoad | null, now: ServerLoad, nowMs: number): void {
    const loaded = now.models.filter(isLoaded);
    const sum = bytesOf(loaded);
    this.#atLeast = Math.max(this.#atLeast, sum);
    const names = new Set(loaded.map(({ modelId }) => modelId));
    const earlier = (before?.models ?? []).filter(isLoaded);
    const gone = earlier.filter((model) => !names.has(model.modelId) && !wasDue(model, nowMs));
    const came = loaded.some((model) => earlier.every(({ modelId }) => modelId !== model.modelId));
    // Unloaded by hand is no eviction: nothing came in its place.
    if (gone.length === 0 || !came) return;
    this.#below = Math.min(this.#below, sum + bytesOf(gone) - 1);
    // Newer evidence counts: a graphics card can be shared with a game.
    this.#atLeast = Math.min(Math.max(this.#atLeast, sum), this.#below);
  }
}

function isLoaded(model: ModelLoad): boolean {
  return model.state === 'loaded' && model.bytes !== null;
}

function bytesOf(models: readonly ModelLoad[]): number {
  return models.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

function wasDue({ unloadsAtMs }: ModelLoad, nowMs: number): boolean {
  return unloadsAtMs !== null && unloadsAtMs <= nowMs;
}
