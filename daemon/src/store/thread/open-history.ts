/**
 * Opens the history file in its thread, for us alone if possible. A damaged file is moved aside, a file that another
 * program holds open is shared with it, one of a newer daemon is left alone, and each of these is said.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BookContent } from '../../engine/index.ts';
import { damageOf, isDamage, moveAside, wasLeftOpen } from '../sqlite/damaged-file.ts';
import { openDatabase, type Database } from '../sqlite/database.ts';
import { HistoryFile, type HistoryFileEvents } from './history-file.ts';
import { JournalReader } from '../journal/journal-reader.ts';
import type { JournalSignals } from '../journal/journal-signals.ts';
import { migrate } from '../sqlite/migrator.ts';
import { SqliteStore } from '../sqlite/sqlite-store.ts';

/** What the main thread begins with. */
export interface Beginning {
  readonly content: BookContent;
  readonly lastNumber: number;
  /** What happened to the files, when a developer should know. */
  readonly notice: string | null;
}

export type OpenedHistory =
  | { readonly status: 'ready'; readonly file: HistoryFile; readonly beginning: Beginning }
  /** The history can't be had, for the reason given. */
  | { readonly status: 'refused'; readonly reason: string };

export interface HistoryPlace {
  readonly path: string;
  readonly signals: JournalSignals;
  readonly nowMs: number;
}

/** Never throws. */
export async function openHistory(place: HistoryPlace, events: HistoryFileEvents): Promise<OpenedHistory> {
  try {
    mkdirSync(dirname(place.path), { recursive: true, mode: 0o700 });
    const { database, notice } = await openSound(place.path, place.nowMs);
    try {
      const migration = migrate(database);
      if (migration.status === 'ready') return begin(new SqliteStore(database), notice, place, events);
      database.close();
      return refused(
        `The history database has schema ${migration.version}, written by a newer Task Router; it was left as it is.`,
      );
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    return refused(`The history database can't be used: ${shortReason(error)}`);
  }
}

function begin(
  store: SqliteStore,
  notice: string | null,
  place: HistoryPlace,
  events: HistoryFileEvents,
): OpenedHistory {
  const file = new HistoryFile(store, new JournalReader(place.path, place.signals), events);
  const notices = [notice, file.recover(place.nowMs)].filter((said) => said !== null);
  const said = notices.length === 0 ? null : notices.join(' ');
  return { status: 'ready', file, beginning: { ...file.beginning(), notice: said } };
}

function refused(reason: string): OpenedHistory {
  return { status: 'refused', reason };
}

interface Opened {
  readonly database: Database;
  readonly notice: string | null;
}

/** A database whose pages are sound, if need be a new one. After a clean end they are taken for sound. */
async function openSound(path: string, nowMs: number): Promise<Opened> {
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
  const aside = moveAside(path, nowMs);
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
