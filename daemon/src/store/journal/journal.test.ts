/** The journal's files by themselves: what a kill or a power cut leaves of them, and that they stay short. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/support/server-home.ts';
import { JournalFile, journalPath } from './journal-file.ts';
import { JournalReader } from './journal-reader.ts';
import { JournalSignals } from './journal-signals.ts';
import { Journal } from './journal.ts';
import type { TextBuffer } from './text-buffer.ts';

let path: string;
beforeEach(() => {
  path = join(temporaryFolder(), 'history.db');
});

const texts = ['one\n', 'two ü 💥\n', 'x'.repeat(400_000), 'four\n'];

const saying = (text: string) => (into: TextBuffer) => {
  into.add(text);
};

function written(): { readonly file: JournalFile; readonly ends: number[] } {
  const file = new JournalFile(journalPath(path, 0));
  const ends: number[] = [];
  for (const [index, text] of texts.entries())
    ends.push(file.write(ends.at(-1) ?? 0, index + 1, saying(text)));
  return { file, ends };
}

function read(file: JournalFile) {
  const { texts: found, isDamaged } = file.read(0, file.bytes, Infinity);
  return {
    texts: found.map(({ text }) => text.toString()),
    numbers: found.map(({ number }) => number),
    isDamaged,
  };
}

describe('a journal file', () => {
  it('gives back what was written, for us alone', () => {
    const { file, ends } = written();
    expect(read(file)).toEqual({ texts, numbers: [1, 2, 3, 4], isDamaged: false });
    expect(file.read(ends[0]!, file.bytes, 1).texts).toEqual([
      { number: 2, text: Buffer.from(texts[1]!), end: ends[1] },
    ]);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    file.close();
  });

  it('cut off anywhere still has every text before the cut, and is not damaged', () => {
    const { file, ends } = written();
    const sound = readFileSync(file.path);
    const cut = fc.oneof(fc.nat(ends[3]!), fc.nat(60), fc.constantFrom(...ends));
    fc.assert(
      fc.property(cut, (bytes) => {
        writeFileSync(file.path, sound.subarray(0, bytes));
        const whole = ends.filter((end) => end <= bytes).length;
        expect(read(file)).toMatchObject({ texts: texts.slice(0, whole), isDamaged: false });
      }),
      { numRuns: 60 },
    );
    file.close();
  });

  it('with a changed byte has every text before it, and never a changed one', () => {
    const { file, ends } = written();
    const sound = readFileSync(file.path);
    fc.assert(
      fc.property(fc.nat(ends[3]! - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bytes = Buffer.from(sound);
        bytes[at] = bytes[at]! ^ by;
        writeFileSync(file.path, bytes);
        const found = read(file);
        expect(found.texts).toEqual(texts.slice(0, ends.filter((end) => end <= at).length));
      }),
      { numRuns: 60 },
    );
    file.close();
  });
});

describe('two files that take turns', () => {
  function open() {
    const signals = new JournalSignals();
    const reader = new JournalReader(path, signals);
    reader.begin();
    return { signals, reader, journal: new Journal(path, signals, 0) };
  }

  /** Reads all that is there, as the history thread does. */
  function drained(reader: JournalReader): number[] {
    const numbers: number[] = [];
    for (let next = reader.next(); next.length > 0; next = reader.next()) {
      numbers.push(...next.map(({ number }) => number));
      reader.applied(next.at(-1)!);
    }
    return numbers;
  }

  it('stay short under lasting load, and every text is read once, in order', () => {
    const { reader, journal } = open();
    const found: number[] = [];
    let longest = 0;
    const size = () => statSync(journalPath(path, 0)).size + statSync(journalPath(path, 1)).size;
    for (let index = 1; index <= 300; index += 1) {
      journal.append(saying('x'.repeat(200_000)));
      // Never all at once: the one who reads is always behind.
      if (index % 7 === 0) {
        const next = reader.next();
        found.push(...next.map(({ number }) => number));
        reader.applied(next.at(-1)!);
      }
      if (index % 20 === 0) found.push(...drained(reader));
      longest = Math.max(longest, size());
    }
    found.push(...drained(reader));
    expect(found).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(longest).toBeLessThan(24 * 1024 * 1024);
    journal.close();
    reader.close();
  });

  it('are full when nobody reads, and have room again when somebody did', () => {
    const { reader, journal, signals } = open();
    let count = 0;
    for (; !journal.isFull && count < 1_000; count += 1) journal.append(saying('x'.repeat(1_000_000)));
    expect(count).toBeLessThan(100);
    expect([...journal.unapplied()]).toHaveLength(count);
    expect(drained(reader)).toHaveLength(count);
    journal.takeTurns();
    journal.append(saying('more'));
    expect([journal.isFull, drained(reader), signals.isAllApplied]).toEqual([false, [count + 1], true]);
    journal.close();
    reader.close();
  });
});
