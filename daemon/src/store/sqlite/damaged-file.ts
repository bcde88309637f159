/**
 * What to do about a history file that is no sound database any more: it is moved aside, never deleted, and a new one is
 * begun. The router must start, and whoever wants to rescue something finds the file.
 */
import { existsSync, renameSync, statSync } from 'node:fs';
import type { Database } from './database.ts';

/** A write-ahead log that is not empty: whoever had the file open did not close it. */
export function wasLeftOpen(path: string): boolean {
  const wal = `${path}-wal`;
  return existsSync(wal) && statSync(wal).size > 0;
}

/** null when every page is sound; else what SQLite found. Reads the whole file: about a second per gigabyte. */
export function damageOf(database: Database): string | null {
  const [first] = database.pragma('quick_check(1)') as { quick_check: string }[];
  return first === undefined || first.quick_check === 'ok' ? null : first.quick_check;
}

/** Whether an error says that the file itself is damaged or no database at all. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^SQLITE_(CORRUPT|NOTADB)/.test(String(error.code));
}

/** Moves the file and what belongs to it out of the way. Answers where to. */
export function moveAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, '-');
  const aside = `${path}.damaged-${stamp}`;
  for (const ending of ['', '-wal', '-shm'])
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
  return aside;
}
