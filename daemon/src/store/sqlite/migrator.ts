/**
 * Forward-only migrations by `user_version`: the n-th script takes the database from version n-1 to n, each in one
 * transaction. A database from a newer daemon is left alone. Before a database that holds something is changed, a copy
 * of it is put beside it: a migration that goes wrong in a way nobody thought of must not cost the history.
 */
import { constants, copyFileSync, rmSync } from 'node:fs';
import type { Database } from './database.ts';
import { initial } from './migrations/0001-initial.ts';
import { gradesLearned } from './migrations/0002-grades-learned.ts';
import { ledger } from './migrations/0003-ledger.ts';
import { seams } from './migrations/0004-seams.ts';
import { history } from './migrations/0005-history.ts';
import { endpointKeys } from './migrations/0006-endpoint-keys.ts';
import { ledgerJournal } from './migrations/0007-ledger-journal.ts';
import { outcomesGrow } from './migrations/0008-outcomes-grow.ts';
import { journalMark } from './migrations/0009-journal-mark.ts';
import { decisionFacts } from './migrations/0010-decision-facts.ts';
import { allocations } from './migrations/0011-allocations.ts';

export const known: readonly string[] = [
  initial,
  gradesLearned,
  ledger,
  seams,
  history,
  endpointKeys,
  ledgerJournal,
  outcomesGrow,
  journalMark,
  decisionFacts,
  allocations,
];

export type MigrationResult =
  | { readonly status: 'ready'; readonly version: number }
  | { readonly status: 'newer'; readonly version: number };

/** Throws what SQLite and the file system throw; a failed script leaves the version it started from. */
export function migrate(database: Database, migrations: readonly string[] = known): MigrationResult {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > migrations.length) return { status: 'newer', version };
  if (version > 0 && version < migrations.length) backUp(database, version);
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

/** `<file>.v<n>.bak`, one per version. Everything in the write-ahead log is in the file first. */
function backUp(database: Database, version: number): void {
  if (database.memory) return;
  const copy = `${database.name}.v${version}.bak`;
  database.pragma('wal_checkpoint(TRUNCATE)');
  rmSync(copy, { force: true });
  // A copy that shares its blocks with the original where the file system can: no time and no space.
  copyFileSync(database.name, copy, constants.COPYFILE_FICLONE);
}
