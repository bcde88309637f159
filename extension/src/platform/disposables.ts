/** Owns what must be taken back: adding after the end disposes at once, so that nothing leaks in a race. */
import type { Subscription } from './emitter.ts';

export class Disposables implements Subscription {
  readonly #items: Subscription[] = [];
  #disposed = false;

  add<T extends Subscription>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.push(item);
    return item;
  }

  /** In reverse order, each once. */
  dispose(): void {
    this.#disposed = true;
    for (let item = this.#items.pop(); item !== undefined; item = this.#items.pop()) item.dispose();
  }
}
