/**
 * Forward-only migrations by `user_version`: the n-th script takes the database from version n-1 to n, each in one
 * transaction. A database from a newer daemon is left alone.
 */
import type { Database } from './database.ts';
import { initial } from './migrations/0001-initial.ts';
import { gradesLearned } from './migrations/0002-grades-learned.ts';
import { ledger } from './migrations/0003-ledger.ts';
import { seams } from './migrations/0004-seams.ts';

const migrations: readonly string[] = [initial, gradesLearned, ledger, seams];

export type MigrationResult =
  | { readonly status: 'ready'; readonly version: number }
  | { readonly status: 'newer'; readonly version: number };

/** Throws what SQLite throws; a failed script leaves the version it started from. */
export function migrate(database: Database): MigrationResult {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > migrations.length) return { status: 'newer', version };
  migrations.slice(version).forEach((script, index) => {
    database
      .transaction(() => {
        database.exec(script);
        database.pragma(`user_version = ${version + index + 1}`);
      })
      .immediate();
  });
  return { status: 'ready', version: migrations.length };
}
