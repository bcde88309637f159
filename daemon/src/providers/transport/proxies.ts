/**
 * The one place that holds what is known of proxies. A machine has one way out, so one word counts for all calls, also for
 * those of tools that say nothing: the editor's, else the command line's, else that of the daemon's own environment. Read
 * when it is told, never when a call is made.
 */
import type { ProxySettings, ProxyView } from '@task-router/protocol';
import { ProxyRules } from './proxy.ts';

export type ProxyTeller = 'editor' | 'cli';

export class Proxies {
  readonly #own: ProxyRules | null;
  readonly #told = new Map<ProxyTeller, { readonly rules: ProxyRules; readonly text: string }>();
  #current: ProxyRules | null;

  /** `own`: what the daemon's own environment says; null: nothing. */
  constructor(own: ProxySettings | null) {
    this.#own = own && new ProxyRules(own);
    this.#current = this.#own;
  }

  /** The rules in force, the same object until they change; null: everything is called directly. */
  get current(): ProxyRules | null {
    return this.#current;
  }

  /** Takes what a client has found; null takes back what one of its kind said before. True: the rules in force are others. */
  tell(by: ProxyTeller, settings: ProxySettings | null): boolean {
    const text = JSON.stringify(settings);
    if ((this.#told.get(by)?.text ?? 'null') === text) return false;
    if (settings === null) this.#told.delete(by);
    else this.#told.set(by, { rules: new ProxyRules(settings), text });
    return this.#settle();
  }

  /** Nobody is connected any more: a password lives no longer than somebody who brought it. */
  forget(): void {
    this.#told.clear();
    this.#settle();
  }

  /** null: none. */
  view(): ProxyView | null {
    return this.#current?.view() ?? null;
  }

  #settle(): boolean {
    const before = this.#current;
    this.#current = (this.#told.get('editor') ?? this.#told.get('cli'))?.rules ?? this.#own;
    return this.#current !== before;
  }
}
