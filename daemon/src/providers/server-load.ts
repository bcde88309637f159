/**
 * What a server on this machine says of itself: which models are in memory, with which window, and how many calls it
 * works on. Every figure is a stranger's: bounded here, and unknown where it can't be true.
 */

export interface ModelLoad {
  /** null: the one model that the server has, whatever it is called. */
  readonly modelId: string | null;
  readonly state: 'loaded' | 'cold';
  /** Window it was loaded with, in tokens; null: unknown, or not loaded. */
  readonly windowTokens: number | null;
  /** Memory it takes while loaded, else its file's size; null: unknown. */
  readonly bytes: number | null;
  /** Of these on a graphics card; null: unknown, or not loaded. */
  readonly gpuBytes: number | null;
  /** When the server will drop it if nobody calls it; null: never, unknown, or not loaded. */
  readonly unloadsAtMs: number | null;
}

export interface ServerLoad {
  readonly models: readonly ModelLoad[];
  /** Calls it works on at once; null: it does not say. */
  readonly slots: number | null;
  /** Calls it works on now, ours and others'; null: it does not say. */
  readonly busySlots: number | null;
  /** Whether it loads a model anew when a call asks for a larger window. */
  readonly windowOnRequest: boolean;
}

/** One question for load must not hold up a decision; an answer beyond this size is none. */
export const loadAnswer = { ms: 400, bytes: 4 * 1024 * 1024 } as const;

/** Models read from one answer at most. */
export const mostModels = 500;

/** Bytes of memory; null for what can't be any machine's. */
export function byteCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 2 ** 50 ? value : null;
}

/** Calls at once; null for what no server has. */
export function slotCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1024 ? value : null;
}

/** An instant as text; null for none, and for one so far away that it means never. */
export function instantMs(value: unknown): number | null {
  if (typeof value !== 'string' || value.length > 64) return null;
  const ms = Date.parse(value);
  return ms > 0 && ms < 4e12 ? ms : null;
}
