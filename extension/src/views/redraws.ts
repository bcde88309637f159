/**
 * When a tree is drawn anew. While VS Code draws one it knows none of its rows, so a command that is chosen from a row's menu
 * just then can only ask which row was meant. Therefore: not where the tree shows the same; at once where a row comes, goes
 * or changes its state; and for figures, which change with every call, only so often.
 */
export interface Shown {
  /** Changes with the rows and their states. */
  readonly rows: string;
  /** Changes with anything that is shown; asked for when it matters. */
  readonly everything: () => string;
}

const figuresEveryMs = 5_000;

export class Redraws {
  readonly #draw: () => void;
  #wanted: Shown | null = null;
  #drawn: { readonly rows: string; readonly everything: string } | null = null;
  #drawnAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** The tree may have to show something else than it does. */
  request(shown: Shown): void {
    this.#wanted = shown;
    const waitMs = this.#drawnAtMs + figuresEveryMs - performance.now();
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
