/**
 * Opens SQLite through better-sqlite3: the only file that loads the native module. On a Node that is too old the
 * module does not throw but ends the process, so the version is checked before it is loaded.
 */
import { closeSync, openSync } from 'node:fs';
import { RouterError } from '@task-router/protocol';
import type BetterSqlite3 from 'better-sqlite3';

export type Database = BetterSqlite3.Database;

/** better-sqlite3 13 is built for Node-API 10. */
const neededNodeApi = 10;

/** Throws `daemon.nodeVersion` where loading would kill the process, and whatever the loader throws. */
export async function loadSqlite(): Promise<typeof BetterSqlite3> {
  if (Number(process.versions['napi'] ?? 0) < neededNodeApi) {
    throw new RouterError(
      'daemon.nodeVersion',
      `Node ${process.version} is too old for the history database.`,
    );
  }
  const module = await import('better-sqlite3');
  return module.default;
}

/** Opens or creates the history database for its single writer. */
export async function openDatabase(path: string): Promise<Database> {
  const Sqlite = await loadSqlite();
  // SQLite would create it with the umask's mode; history is nobody else's business.
  closeSync(openSync(path, 'a', 0o600));
  const database = new Sqlite(path, { timeout: 5_000 });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    database.pragma('trusted_schema = OFF');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
