/**
 * Ledgers as the daemon has them, empty, one after the other in one SQLite file: for tests that need thousands. After
 * every step what was written is read again, as a restart would, and must be the same book.
 */
import { createLedger, MemoryBook, type Ledger } from '@task-router/daemon/engine';
import { expect } from 'vitest';
import { openDatabase } from '../../daemon/src/store/sqlite/database.ts';
import { JournalBook } from '../../daemon/src/store/journal/journal-book.ts';
import { JournalFacts } from '../../daemon/src/store/journal/journal-facts.ts';
import { migrate } from '../../daemon/src/store/sqlite/migrator.ts';
import { SaveBatch } from '../../daemon/src/store/journal/save-batch.ts';
import { decodeSaves, encodeSaves } from '../../daemon/src/store/journal/saves.ts';
import { SqliteStore } from '../../daemon/src/store/sqlite/sqlite-store.ts';
import { TextBuffer } from '../../daemon/src/store/journal/text-buffer.ts';

/** `stepsABatch`: so many changes wait before they are written together. */
export async function openJournaledLedgers(
  path: string,
  stepsABatch: number,
): Promise<{ empty: () => Ledger; close: () => void }> {
  const database = await openDatabase(path, { exclusive: true });
  migrate(database);
  const store = new SqliteStore(database);
  const tables = store.ledger;
  return {
    empty() {
      database.exec(`DELETE FROM ledger_buckets; DELETE FROM ledger_leases; DELETE FROM ledger_spend`);
      let steps = 0;
      const book: JournalBook = new JournalBook(tables.read(), () => {
        steps += 1;
        if (steps % stepsABatch === 0) write();
      });
      const ledger = createLedger(book);
      const write = database.transaction(() => {
        // Through the journal's text, as the history thread has it.
        const batch = new SaveBatch();
        const text = new TextBuffer();
        encodeSaves(text, [], book.changes(), { facts: new JournalFacts(), onRefused: fail });
        decodeSaves(text.bytes, batch);
        batch.writeTo(store, fail);
        book.written();
        const again = createLedger(new MemoryBook(tables.read()));
        expect(again.view(0)).toEqual(ledger.view(0));
        expect(again.spend(0)).toEqual(ledger.spend(0));
        expect(book.size).toBe(0);
      });
      return ledger;
    },
    close: () => database.close(),
  };
}

function fail(error: unknown): never {
  throw error;
}
