/**
 * The journal as the history thread has it. At the start it finds what a daemon that was killed left behind; from then on
 * it follows what the main thread writes, and empties a file as soon as all of it is in the history file and the other
 * one has its turn.
 */
import { renameSync, rmSync } from 'node:fs';
import { JournalFile, journalPath, type JournalText } from './journal-file.ts';
import { otherThan, type JournalSignals, type Turn } from './journal-signals.ts';
import { StorageError } from '../storage-problem.ts';

/** Applied in one transaction. */
export const batchBytes = 1024 * 1024;

export class JournalReader {
  readonly #historyPath: string;
  readonly #signals: JournalSignals;
  readonly #files: [JournalFile, JournalFile];

  /** Throws what the file system throws. */
  constructor(historyPath: string, signals: JournalSignals) {
    this.#historyPath = historyPath;
    this.#signals = signals;
    this.#files = [this.#open(0), this.#open(1)];
  }

  /**
   * What was left behind, oldest first, in batches. Then `begin` must be called.
   * @param onDamage told of each file of which not all could be read; it was moved aside, to the given place
   */
  *leftBehind(nowMs: number, onDamage: (aside: string) => void): Iterable<readonly JournalText[]> {
    const first = (turn: Turn) => this.#read(turn, 0, 1).texts[0]?.number ?? 0;
    const turns: readonly Turn[] = first(0) <= first(1) ? [0, 1] : [1, 0];
    for (const turn of turns) {
      if (yield* this.#wholeTexts(turn)) onDamage(this.#moveAside(turn, nowMs));
    }
  }

  /** Answers whether the file is damaged. */
  *#wholeTexts(turn: Turn): Generator<readonly JournalText[], boolean> {
    for (let at = 0; ;) {
      const { texts, isDamaged } = this.#read(turn, at, batchBytes);
      const last = texts.at(-1);
      if (last !== undefined) yield texts;
      if (isDamaged || last === undefined) return isDamaged;
      at = last.end;
    }
  }

  #read(turn: Turn, from: number, most: number) {
    return this.#files[turn].read(from, this.#files[turn].bytes, most);
  }

  /** All that was left behind is in the history file: both files are empty from now on. */
  begin(): void {
    for (const file of this.#files) file.empty();
    this.#signals.reset();
  }

  /** The next texts that are to be applied; empty when there are none. */
  next(): readonly JournalText[] {
    const { turn, upTo } = this.#signals.applied;
    const isLastOfTurn = turn !== this.#signals.writing;
    const end = this.#signals.end(turn);
    if (upTo < end) return this.#whole(turn, upTo, end);
    if (!isLastOfTurn) return [];
    // The other file is being written, so nothing was added to this one since.
    this.#files[turn].empty();
    this.#signals.setApplied(otherThan(turn), 0);
    this.#signals.written(turn, 0);
    return this.next();
  }

  #whole(turn: Turn, from: number, end: number): readonly JournalText[] {
    const { texts, isDamaged } = this.#files[turn].read(from, end, batchBytes);
    if (isDamaged || texts.length === 0)
      throw new StorageError('JOURNAL_DAMAGED', 'the journal changed after it was written');
    return texts;
  }

  /** The history file has all up to this one. */
  applied({ end }: JournalText): void {
    this.#signals.setApplied(this.#signals.applied.turn, end);
  }

  /** Leaves no file where there is nothing more to apply. */
  close(): void {
    for (const file of this.#files) file.close();
    if (!this.#signals.isAllApplied) return;
    for (const { path } of this.#files) rmSync(path, { force: true });
  }

  #open(turn: Turn): JournalFile {
    return new JournalFile(journalPath(this.#historyPath, turn));
  }

  #moveAside(turn: Turn, nowMs: number): string {
    const { path } = this.#files[turn];
    const aside = `${path}.damaged-${new Date(nowMs).toISOString().replace(/[:.]/g, '-')}`;
    this.#files[turn].close();
    renameSync(path, aside);
    this.#files[turn] = this.#open(turn);
    return aside;
  }
}
