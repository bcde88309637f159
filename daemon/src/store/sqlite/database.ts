/**
 * Opens SQLite through better-sqlite3: the only file that loads the native module. On a Node that is too old the
 * module does not throw but ends the process, so the version is checked before it is loaded. The history thread loads this
 * file, so it imports nothing else.
 */
import { closeSync, openSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';

export type Database = BetterSqlite3.Database;

/** better-sqlite3 13 is built for Node-API 10. */
const neededNodeApi = 10;
const busyMs = 5_000;
/**
 * The write-ahead log is folded into the file in quiet moments (`history-file.ts`); under load when it has so many pages, because
 * that waits for the disk. It is cut back to as many.
 */
const checkpointPages = 4_000;
const walKeptBytes = checkpointPages * 4_096;
/** Of pages of the file. better-sqlite3 would take 16 MB, which writing did not go faster with; the system keeps the file too. */
const cacheKb = 4_000;

/** Why SQLite would end this process, in words; null: it can be loaded. */
export function whyNoSqlite(): string | null {
  if (Number(process.versions['napi'] ?? 0) >= neededNodeApi) return null;
  return `Node ${process.version} is too old for the history database.`;
}

/** Throws where loading would end the process, and whatever the loader throws. */
export async function loadSqlite(): Promise<typeof BetterSqlite3> {
  const reason = whyNoSqlite();
  if (reason !== null) throw new Error(reason);
  const module = await import('better-sqlite3');
  return module.default;
}

/**
 * Opens or creates a database.
 * @param options.exclusive nobody else may open it while we have it. Then no reader can keep the write-ahead log from
 * being folded in, and it stays small whatever happens
 * @param options.busyMs how long to wait for another process that has the file
 */
export async function openDatabase(
  path: string,
  options: { readonly exclusive?: boolean; readonly busyMs?: number } = {},
): Promise<Database> {
  const Sqlite = await loadSqlite();
  // SQLite would create it with the umask's mode; history is nobody else's business.
  closeSync(openSync(path, 'a', 0o600));
  const database = new Sqlite(path, { timeout: options.busyMs ?? busyMs });
  try {
    if (options.exclusive === true) database.pragma('locking_mode = EXCLUSIVE');
    // Only takes effect before the first table: space of deleted rows can then be given back in small steps.
    database.pragma('auto_vacuum = INCREMENTAL');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma(`cache_size = -${cacheKb}`);
    database.pragma('foreign_keys = ON');
    // They would parse each record's JSON again, which was just made; they hold for whoever else writes to the file.
    database.pragma('ignore_check_constraints = ON');
    database.pragma('trusted_schema = OFF');
    // What is deleted is overwritten: "clear history" means it.
    database.pragma('secure_delete = FAST');
    database.pragma(`wal_autocheckpoint = ${checkpointPages}`);
    database.pragma(`journal_size_limit = ${walKeptBytes}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
