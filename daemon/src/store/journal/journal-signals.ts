/**
 * The few words of memory that the main thread and the history thread share: how far the journal is written, how far it
 * is in the history file, how large that is, and a bell. So a save costs the main thread no message, and neither ever
 * waits for the other's event loop.
 *
 * The journal is two files that take turns. The main thread alone writes, and alone decides when the other file is begun;
 * the history thread alone empties a file, when all of it is in the history file and the other one is being written.
 */
export type Turn = 0 | 1;

export function otherThan(turn: Turn): Turn {
  return turn === 0 ? 1 : 0;
}

/** Places in the shared memory. */
const bell = 0;
const asleep = 1;
const writing = 2;
const end = 3;
const reading = 5;
const position = 6;
const answered = 7;
const fileKb = 8;
const places = 9;

export class JournalSignals {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory = new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Both files are empty. */
  reset(): void {
    for (const place of [asleep, writing, end, end + 1, reading, position, answered])
      Atomics.store(this.#words, place, 0);
  }

  /** The file that is being written. */
  get writing(): Turn {
    return Atomics.load(this.#words, writing) === 0 ? 0 : 1;
  }

  /** Bytes of a file that are wholly written. */
  end(of: Turn): number {
    return Atomics.load(this.#words, end + of);
  }

  written(to: Turn, upTo: number): void {
    Atomics.store(this.#words, end + to, upTo);
  }

  /** From now on the other file is written; it must be empty. */
  takeTurns(): void {
    Atomics.store(this.#words, writing, otherThan(this.writing));
  }

  /** The file that is being applied, and up to which byte it is in the history file. */
  get applied(): { readonly turn: Turn; readonly upTo: number } {
    const turn = Atomics.load(this.#words, reading) === 0 ? 0 : 1;
    return { turn, upTo: Atomics.load(this.#words, position) };
  }

  setApplied(turn: Turn, upTo: number): void {
    Atomics.store(this.#words, position, upTo);
    Atomics.store(this.#words, reading, turn);
  }

  get isAllApplied(): boolean {
    const { turn, upTo } = this.applied;
    return turn === this.writing && upTo === this.end(turn);
  }

  /** Of the file that is being applied. */
  get unappliedBytes(): number {
    const { turn, upTo } = this.applied;
    return this.end(turn) - upTo;
  }

  /** Of the history file, rounded to whole kB: bytes would be too many for a word. */
  get fileBytes(): number {
    return Atomics.load(this.#words, fileKb) * 1024;
  }

  setFileBytes(value: number): void {
    Atomics.store(this.#words, fileKb, Math.round(value / 1024));
  }

  /** The number of the last call that was answered. */
  get answered(): number {
    return Atomics.load(this.#words, answered);
  }

  answer(call: number): void {
    Atomics.store(this.#words, answered, call);
    Atomics.notify(this.#words, answered);
  }

  /** No call will be answered any more. */
  giveUp(): void {
    this.answer(-1);
  }

  /** Blocks until the call was answered. False: it was not within the time, or never will be. */
  awaitAnswer(call: number, limitMs: number): boolean {
    const until = performance.now() + limitMs;
    for (let last = this.answered; last !== call; last = this.answered) {
      const left = until - performance.now();
      if (left <= 0 || last < 0) return false;
      Atomics.wait(this.#words, answered, last, left);
    }
    return true;
  }

  /** How often the bell was rung. */
  get rings(): number {
    return Atomics.load(this.#words, bell);
  }

  ring(): void {
    Atomics.add(this.#words, bell, 1);
    Atomics.notify(this.#words, bell);
  }

  /** Only somebody who sleeps has to be woken for what is merely to be applied. */
  ringIfAsleep(): void {
    if (Atomics.load(this.#words, asleep) === 1) this.ring();
  }

  setAsleep(value: boolean): void {
    Atomics.store(this.#words, asleep, value ? 1 : 0);
  }

  /** Blocks until the bell was rung more than `rings` times, or the time is up. */
  awaitRing(rings: number, limitMs?: number): void {
    Atomics.wait(this.#words, bell, rings, limitMs);
  }
}
