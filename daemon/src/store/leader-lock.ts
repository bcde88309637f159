/**
 * One daemon per user: an exclusive transaction on a small database, held for life. The system releases it when the
 * process dies, however it dies, so there is no stale pid to reason about (daemon.md 2.3).
 */
import { closeSync, openSync } from 'node:fs';
import { RouterError } from '@task-router/protocol';
import { loadSqlite, whyNoSqlite } from './sqlite/database.ts';

export interface LeaderLock {
  release(): void;
}

/** null when another process holds the lock. Rejects with `daemon.nodeVersion` where SQLite can't be loaded. */
export async function acquireLeaderLock(path: string): Promise<LeaderLock | null> {
  const reason = whyNoSqlite();
  if (reason !== null) throw new RouterError('daemon.nodeVersion', reason);
  const Sqlite = await loadSqlite();
  closeSync(openSync(path, 'a', 0o600));
  const database = new Sqlite(path, { timeout: 0 });
  try {
    database.pragma('journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return {
    release() {
      if (database.open) database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
