/**
 * Opens the history: SQLite where it can be had, memory with a stated reason where not. Never throws. A damaged file is
 * moved aside, a file that another program holds open is shared with it, and each of these is said.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { damageOf, isDamage, moveAside, wasLeftOpen } from './damaged-file.ts';
import { openDatabase, type Database } from './database.ts';
import type { GuardOptions } from './guard.ts';
import { GuardedStore } from './guarded-store.ts';
import { MemoryStore } from './memory-store.ts';
import { migrate } from './migrator.ts';
import type { Store } from './records.ts';
import { SqliteStore } from './sqlite-store.ts';

export type StoreOptions = GuardOptions;

export async function openStore(path: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const guard: GuardOptions = {
    ...{ nowMs: Date.now, onChange: () => undefined, onRefused: () => undefined },
    ...options,
  };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const { database, notice } = await openSound(path, guard.nowMs);
    try {
      const migration = migrate(database);
      if (migration.status === 'ready') return new GuardedStore(new SqliteStore(database), guard, notice);
      database.close();
      return new MemoryStore(
        `The history database has schema ${migration.version}, written by a newer Task Router; it was left as it is.`,
      );
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    return new MemoryStore(`The history database can't be used: ${shortReason(error)}`);
  }
}

interface Opened {
  readonly database: Database;
  readonly notice: string | null;
}

/** A database whose pages are sound, if need be a new one. After a clean end they are taken for sound. */
async function openSound(path: string, nowMs: () => number): Promise<Opened> {
  const check = wasLeftOpen(path);
  let damage: string | null;
  try {
    const opened = await openAlone(path);
    damage = check ? damageOf(opened.database) : null;
    if (damage === null) return opened;
    opened.database.close();
  } catch (error) {
    if (!isDamage(error)) throw error;
    damage = error.message;
  }
  const aside = moveAside(path, nowMs());
  const { database } = await openAlone(path);
  const notice = `The history file was damaged (${shorten(damage)}). It was moved to ${aside}, and a new history was begun.`;
  return { database, notice };
}

/** For us alone, if possible: no reader can then make the write-ahead log grow. */
async function openAlone(path: string): Promise<Opened> {
  try {
    return { database: await openDatabase(path, { exclusive: true, busyMs: 500 }), notice: null };
  } catch (error) {
    if (!isBusy(error)) throw error;
    return {
      database: await openDatabase(path),
      notice: 'Another program has the history file open; the file grows until it is closed there.',
    };
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}

function shortReason(error: unknown): string {
  return shorten(error instanceof Error ? error.message : String(error));
}

function shorten(text: string): string {
  return text.slice(0, 300);
}
