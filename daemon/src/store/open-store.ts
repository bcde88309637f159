/** Opens the history: SQLite where it can be had, memory with a stated reason where not. Never throws. */
import { openDatabase } from './database.ts';
import { MemoryStore } from './memory-store.ts';
import { migrate } from './migrator.ts';
import type { Store } from './records.ts';
import { SqliteStore } from './sqlite-store.ts';

export async function openStore(path: string): Promise<Store> {
  try {
    const database = await openDatabase(path);
    const migration = migrate(database);
    if (migration.status === 'ready') return new SqliteStore(database);
    database.close();
    return new MemoryStore(
      `The history database has schema ${migration.version}, written by a newer Task Router; it was left as it is.`,
    );
  } catch (error) {
    return new MemoryStore(`The history database can't be used: ${shortReason(error)}`);
  }
}

function shortReason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
