/** What the history file keeps: a copy before it is migrated, and of telemetry the newest, written soon. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/server-home.ts';
import { saveTask } from '../../../test/support/stored-records.ts';
import { openDatabase } from './sqlite/database.ts';
import type { GuardedStore } from './guarded-store.ts';
import { migrate } from './sqlite/migrator.ts';
import { openStore } from './open-store.ts';

let path: string;
beforeEach(() => {
  path = join(temporaryFolder(), 'history.db');
});

describe('migrations', () => {
  it('put a copy beside a history that holds something, once per version', async () => {
    const database = await openDatabase(path);
    migrate(database, ['CREATE TABLE a (x)']);
    database.exec('INSERT INTO a VALUES (42)');
    expect(existsSync(`${path}.v1.bak`)).toBe(false);
    migrate(database, ['CREATE TABLE a (x)', 'DROP TABLE a']);
    database.close();
    const copy = await openDatabase(`${path}.v1.bak`);
    expect(copy.prepare('SELECT x FROM a').get()).toEqual({ x: 42 });
    copy.close();
  });

  it('leave the version they started from when one fails', async () => {
    const database = await openDatabase(path);
    migrate(database, ['CREATE TABLE a (x)']);
    expect(() => migrate(database, ['CREATE TABLE a (x)', 'CREATE TABLE b (x); NONSENSE'])).toThrow();
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    expect(database.prepare("SELECT name FROM sqlite_master WHERE name = 'b'").get()).toBeUndefined();
    database.close();
  });
});

describe('telemetry', () => {
  it('is written together, and of one key only the newest', async () => {
    const store = (await openStore(path)) as GuardedStore;
    for (let index = 0; index < 400; index += 1)
      store.saveEngineState([{ area: 'health', key: 'k', json: String(index), updatedAtMs: index }]);
    saveTask(store, 'd1');
    store.close();
    const after = await openStore(path);
    expect(after.readEngineState('health')).toEqual([
      { area: 'health', key: 'k', json: '399', updatedAtMs: 399 },
    ]);
    after.close();
  });

  it('does not wait for ever', async () => {
    const store = await openStore(path);
    store.saveEngineState([{ area: 'health', key: 'k', json: '1', updatedAtMs: 1 }]);
    const wal = statSync(`${path}-wal`).size;
    while (statSync(`${path}-wal`).size === wal) await new Promise((resolve) => setTimeout(resolve, 10));
    store.close();
  });
});
