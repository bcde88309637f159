/** Empty ledgers in one SQLite file, one after the other: for tests that need thousands of them. */
import { createLedger, type Ledger } from '@task-router/daemon/engine';
import { openDatabase } from '../../daemon/src/store/database.ts';
import { migrate } from '../../daemon/src/store/migrator.ts';
import { SqliteBook } from '../../daemon/src/store/sqlite-book.ts';

export async function openEmptyLedgers(path: string): Promise<{ empty: () => Ledger; close: () => void }> {
  const database = await openDatabase(path);
  migrate(database);
  const ledger = createLedger(new SqliteBook(database));
  return {
    empty() {
      database.exec(`DELETE FROM ledger_buckets; DELETE FROM ledger_leases; DELETE FROM ledger_spend;
        DELETE FROM sqlite_sequence WHERE name = 'ledger_leases'`);
      return ledger;
    },
    close: () => database.close(),
  };
}
