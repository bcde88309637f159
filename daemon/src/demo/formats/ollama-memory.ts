/**
 * The memory of the demo's Ollama: which of its models is loaded, with which window, until when. Like the real one it
 * loads a model on its first use, keeps it for five minutes or as long as `keep_alive` says, loads it anew when a call
 * names another window, and throws the one used longest ago out when the memory is full. Nothing is really loaded:
 * sizes and times are the profile's.
 */
import type { DemoModel, KeepAlive } from './format.ts';

/** What Ollama takes when a call names no window. */
export const defaultWindow = 4_096;
const keepLoadedMs = 5 * 60_000;
/** Room for one large model, so that a second one has to throw the first out. */
const memoryBytes = 6e9;
const forever = Infinity;

interface Loaded {
  readonly model: DemoModel;
  readonly window: number;
  usedAtMs: number;
  untilMs: number;
}

export interface RunningModel {
  readonly model: DemoModel;
  readonly window: number;
  /** Infinity: until the server ends. */
  readonly untilMs: number;
}

export class OllamaMemory {
  readonly #loaded = new Map<string, Loaded>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Loads the model where needed; answers how long that takes, in ms, 0 when it was there. */
  use(model: DemoModel, window: number, keepAlive: KeepAlive): number {
    const nowMs = this.#nowMs();
    this.#dropExpired(nowMs);
    const there = this.#loaded.get(model.id);
    const isThere = there?.window === window;
    const untilMs = nowMs + keepMs(keepAlive);
    if (!isThere) this.#makeRoom(model);
    this.#loaded.set(model.id, { model, window, usedAtMs: nowMs, untilMs });
    return isThere ? 0 : (model.loadMs ?? 0);
  }

  /** Drops a model now. */
  unload(model: DemoModel): void {
    this.#loaded.delete(model.id);
  }

  running(): readonly RunningModel[] {
    this.#dropExpired(this.#nowMs());
    return [...this.#loaded.values()];
  }

  #dropExpired(nowMs: number): void {
    for (const [id, { untilMs }] of this.#loaded) if (untilMs <= nowMs) this.#loaded.delete(id);
  }

  #makeRoom(model: DemoModel): void {
    this.#loaded.delete(model.id);
    const oldestFirst = [...this.#loaded.values()].sort((a, b) => a.usedAtMs - b.usedAtMs);
    let taken = oldestFirst.reduce((sum, { model: each }) => sum + bytesOf(each), bytesOf(model));
    for (const { model: each } of oldestFirst) {
      if (taken <= memoryBytes) break;
      this.#loaded.delete(each.id);
      taken -= bytesOf(each);
    }
  }
}

function bytesOf(model: DemoModel): number {
  return model.bytes ?? 0;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Ollama reads a bare number as seconds and anything below zero as "for ever". */
function keepMs(keepAlive: KeepAlive): number {
  if (keepAlive === null || keepAlive === undefined) return keepLoadedMs;
  if (typeof keepAlive === 'number') return keepAlive < 0 ? forever : keepAlive * 1_000;
  const [, amount = '', unit = 's'] = /^(-?\d{1,9})(ms|s|m|h)?$/.exec(keepAlive) ?? [];
  if (amount === '') return keepLoadedMs;
  return Number(amount) < 0 ? forever : Number(amount) * (unitMs[unit] ?? 1_000);
}
