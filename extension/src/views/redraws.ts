/**
 * When a tree is drawn anew. While VS Code draws one it knows none of its rows, so a command that is chosen from a row's menu
 * just then is not told of which. Therefore: not where the tree shows the same; at once where a row comes, goes or changes its
 * state; and for what changes with every call, only so often.
 */
export interface Shown {
  /** Changes with what has to be seen at once: rows and their states. */
  readonly rows: string;
  /** Changes with anything that is shown; asked for when it matters. */
  readonly everything: () => string;
}

export class Redraws {
  readonly #draw: () => void;
  readonly #everyMs: number;
  #wanted: Shown | null = null;
  #drawn: { readonly rows: string; readonly everything: string } | null = null;
  #drawnAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param everyMs how often the tree is drawn for anything else */
  constructor(draw: () => void, everyMs: number) {
    this.#draw = draw;
    this.#everyMs = everyMs;
  }

  /** The tree may have to show something else than it does. */
  request(shown: Shown): void {
    this.#wanted = shown;
    const waitMs = this.#drawnAtMs + this.#everyMs - performance.now();
    if (shown.rows !== this.#drawn?.rows || waitMs <= 0) this.#settle();
    else this.#timer ??= setTimeout(() => this.#settle(), waitMs);
  }

  dispose(): void {
    this.#forgetTimer();
  }

  #settle(): void {
    this.#forgetTimer();
    if (this.#wanted === null) return;
    const now = { rows: this.#wanted.rows, everything: this.#wanted.everything() };
    if (now.rows === this.#drawn?.rows && now.everything === this.#drawn.everything) return;
    this.#drawn = now;
    this.#drawnAtMs = performance.now();
    this.#draw();
  }

  #forgetTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
