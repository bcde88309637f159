/**
 * The journal as the main thread has it: what makes a save durable. A text is one write to a file that only grows, which
 * survives the death of the process, and is all that `committed()` waits for; the history thread reads it from there.
 *
 * Two files take turns, so that neither grows for ever under lasting load: when one is long, or in a quiet moment, the
 * other is begun as soon as the history thread has emptied it.
 */
import { JournalFacts } from './journal-facts.ts';
import { JournalFile, journalPath, type JournalText } from './journal-file.ts';
import { otherThan, type JournalSignals, type Turn } from './journal-signals.ts';
import type { TextBuffer } from './text-buffer.ts';

/** The other file is begun after so much. */
const longBytes = 8 * 1024 * 1024;
/** The history thread is far behind: it is waited for. */
const maxBytes = 64 * 1024 * 1024;
const readBackBytes = 4 * 1024 * 1024;

export class Journal {
  readonly #historyPath: string;
  readonly #signals: JournalSignals;
  readonly facts = new JournalFacts();
  #files: readonly [JournalFile, JournalFile];
  #number: number;

  /** `lastNumber`: of the last text that the history file has. Throws what the file system throws. */
  constructor(historyPath: string, signals: JournalSignals, lastNumber: number) {
    this.#historyPath = historyPath;
    this.#signals = signals;
    this.#files = this.#open();
    this.#number = lastNumber;
  }

  get isFull(): boolean {
    return this.#signals.end(this.#signals.writing) > maxBytes;
  }

  /** `fill` puts the text together. Throws what the file system throws; nothing is written then. */
  append(fill: (text: TextBuffer) => void): void {
    if (this.#signals.end(this.#signals.writing) > longBytes) this.takeTurns();
    const turn = this.#signals.writing;
    const start = this.#signals.end(turn);
    let end: number;
    try {
      end = this.#files[turn].write(start, this.#number + 1, fill);
    } catch (error) {
      this.facts.ended(false);
      throw error;
    }
    this.facts.ended(true);
    if (end === start) return;
    this.#number += 1;
    this.#signals.written(turn, end);
  }

  /** Begins the other file, if that is empty and this one is not. */
  takeTurns(): void {
    const turn = this.#signals.writing;
    if (this.#signals.end(turn) === 0 || this.#signals.end(otherThan(turn)) > 0) return;
    this.#signals.takeTurns();
    this.facts.beginAnew();
  }

  /** What the history file does not have yet, oldest first. Only while the history thread applies nothing. */
  *unapplied(): Iterable<JournalText> {
    const { turn, upTo } = this.#signals.applied;
    yield* this.#from(turn, upTo);
    if (turn !== this.#signals.writing) yield* this.#from(this.#signals.writing, 0);
  }

  *#from(turn: Turn, from: number): Iterable<JournalText> {
    const end = this.#signals.end(turn);
    for (let at = from; at < end;) {
      const { texts } = this.#files[turn].read(at, end, readBackBytes);
      const last = texts.at(-1);
      if (last === undefined) return;
      yield* texts;
      at = last.end;
    }
  }

  /** The history thread was started again, and may have put a file aside. */
  reopen(): void {
    this.close();
    this.#files = this.#open();
    this.facts.beginAnew();
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  /** At once: both threads must have the same files, whoever renames one later. */
  #open(): readonly [JournalFile, JournalFile] {
    const open = (turn: Turn) => new JournalFile(journalPath(this.#historyPath, turn));
    return [open(0), open(1)];
  }
}
