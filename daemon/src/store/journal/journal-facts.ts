/**
 * Which standing facts the file of the journal that is being written has. Each file has its own of those that its records
 * name, so that a record is never without them, whatever became of the other file, and what it named last is forgotten
 * in the history only when nothing in the journal is about it any more.
 */
import type { StandingFacts } from '../standing-facts.ts';

export class JournalFacts {
  #written = new Map<string, string>();
  /** In the other file. */
  #before: ReadonlyMap<string, string> = new Map();
  /** Of the text that is put together. */
  #added: string[] = [];

  /** Whether they have to be written before a record names them; from now on they are. */
  add({ name, json }: StandingFacts): boolean {
    if (this.#written.has(name)) return false;
    this.#written.set(name, json);
    this.#added.push(name);
    return true;
  }

  /** The text is in the journal, or never will be. */
  ended(isWritten: boolean): void {
    if (this.#added.length === 0) return;
    if (!isWritten) for (const name of this.#added) this.#written.delete(name);
    this.#added = [];
  }

  /** Nothing is known to be there: the other file is begun, or the history may have forgotten. */
  beginAnew(): void {
    this.#before = this.#written;
    this.#written = new Map();
  }

  /** What the facts say that a record in the journal names. */
  read(name: string): unknown {
    const json = this.#written.get(name) ?? this.#before.get(name);
    if (json === undefined) throw new Error(`the standing facts ${name} are not in the journal`);
    return JSON.parse(json);
  }
}
