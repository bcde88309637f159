/** How long answers were, by kind of task and model: what the next one is expected to need. Kept over a restart. */
import type { Clock, TaskKind } from '../../engine/index.ts';
import { OutputWindow } from '../../engine/index.ts';
import type { Store } from '../../store/store.ts';
import { StoredState } from '../memory/stored-state.ts';

const keptWindows = 300;
const nothingSeen = OutputWindow.of([]);

export class OutputSizes {
  readonly #windows: StoredState<OutputWindow>;

  constructor(store: Store, clock: Clock) {
    const parts = { area: 'outputSizes', store, clock, keep: keptWindows } as const;
    this.#windows = new StoredState(parts, readWindow);
  }

  of(kind: TaskKind, modelId: string): OutputWindow {
    return this.#windows.get(`${kind} ${modelId}`) ?? nothingSeen;
  }

  /** `wasShortened`: cut at a limit of ours, so it was going to be longer. */
  add(
    kind: TaskKind,
    modelId: string,
    answer: { readonly tokens: number; readonly wasShortened: boolean },
  ): void {
    const key = `${kind} ${modelId}`;
    const window = this.#windows.get(key) ?? new OutputWindow();
    window.add(answer.tokens, answer.wasShortened);
    this.#windows.set(key, window);
  }
}

function readWindow(stored: unknown): OutputWindow | null {
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && Number(size) >= 0;
  return Array.isArray(stored) && stored.length <= 1_000 && stored.every(isSize)
    ? OutputWindow.of(stored)
    : null;
}
