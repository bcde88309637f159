/** What becomes of the history when things go wrong: damage, a full disk, a read-only folder, a foreign reader. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { nodeFlags } from '../../../test/support/node-flags.ts';
import { temporaryFolder } from '../../../test/support/server-home.ts';
import { decisionRecord, saveTask } from '../../../test/support/stored-records.ts';
import { openDirectStore } from '../../../test/support/direct-history.ts';
import { openDatabase } from './sqlite/database.ts';
import type { GuardedStore } from './guarded-store.ts';
import { migrate } from './sqlite/migrator.ts';
import { openStore } from './open-store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'history.db');
});

describe('a damaged file', () => {
  it('that is no database is moved aside, kept, and said', async () => {
    const text = 'this is not a database, it only looks like a file that someone put here'.repeat(50);
    writeFileSync(path, text);
    const store = await openStore(path, { nowMs: () => 0 });
    expect(store).toMatchObject({ mode: 'sqlite', reason: null });
    expect(store.notice).toMatch(/damaged.*moved to.*new history/);
    saveTask(store, 'd1');
    store.close();
    expect(readFileSync(`${path}.damaged-1970-01-01T00-00-00-000Z`, 'utf8')).toBe(text);
    const again = await openStore(path);
    expect([again.notice, again.countDecisions()]).toEqual([null, 1]);
    again.close();
  });

  it('is found by the check after an unclean end, and never stops the start', async () => {
    const store = await openStore(path);
    for (let index = 0; index < 300; index += 1) saveTask(store, `d${index}`);
    store.close();
    const pages = readFileSync(path);
    pages.fill(0x5a, 4_096 * 5, 4_096 * 12);
    writeFileSync(path, pages);
    // A log that was left behind says that nobody closed the file.
    writeFileSync(`${path}-wal`, 'x');
    const after = await openStore(path);
    expect([after.mode, after.countDecisions()]).toEqual(['sqlite', 0]);
    expect(after.notice).toMatch(/damaged/);
    expect(readdirSync(folder).some((name) => name.includes('.damaged-'))).toBe(true);
    after.close();
  });

  it('of length zero is simply new', async () => {
    writeFileSync(path, '');
    const store = await openStore(path);
    expect([store.mode, store.notice]).toEqual(['sqlite', null]);
    store.close();
  });
});

describe('a full disk', () => {
  async function nearlyFull(): Promise<{
    store: GuardedStore;
    grow: () => void;
    at: { nowMs: number };
    said: unknown[];
  }> {
    const database = await openDatabase(path, { exclusive: true });
    migrate(database);
    const used = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${used + 4}`);
    const at = { nowMs: 0 };
    const said: unknown[] = [];
    const store = openDirectStore(database, {
      nowMs: () => at.nowMs,
      onChange: (reason) => said.push(reason),
      onRefused: (error) => said.push(error),
    });
    return { store, at, said, grow: () => database.pragma('max_page_count = 100000') };
  }

  it('costs no task: history goes on in memory, says so, and is written when there is room', async () => {
    const { store, grow, at, said } = await nearlyFull();
    for (let index = 0; index < 40; index += 1) {
      saveTask(store, `d${index}`, 1_000 + index);
      await store.committed();
    }
    expect(store.mode).toBe('memory');
    expect(store.reason).toMatch(/disk is full.*changes wait in memory/);
    // Nothing is missing meanwhile, wherever it lies.
    expect(store.countDecisions()).toBe(40);
    expect(store.readDecision('d0')?.outcome?.status).toBe('succeeded');
    expect(store.readDecision('d39')?.outcome?.status).toBe('succeeded');
    expect(store.listDecisions({ limit: 50 })).toHaveLength(40);
    expect(store.spentByRoute(0).get('n/m')).toBeCloseTo(10);
    expect(store.saveGrade('d0', 'bad', 5)).toBe(true);

    grow();
    at.nowMs = 15_001;
    saveTask(store, 'last', 2_000);
    await store.committed();
    expect([store.mode, store.reason]).toEqual(['sqlite', null]);
    expect(said).toEqual([expect.stringMatching(/full/), null]);
    expect(store.countDecisions()).toBe(41);
    store.close();

    const after = await openStore(path);
    expect(after.countDecisions()).toBe(41);
    expect(after.readDecision('d39')).toMatchObject({
      outcome: { status: 'succeeded' },
      attempts: [{ attemptId: 'd39-a' }],
    });
    expect(after.readDecision('d0')?.grade).toBe('bad');
    after.close();
  });

  it('writes what waits when it ends, if it can', async () => {
    const { store, grow } = await nearlyFull();
    for (let index = 0; index < 40; index += 1) saveTask(store, `d${index}`);
    await store.committed();
    expect(store.mode).toBe('memory');
    grow();
    store.close();
    const after = await openStore(path);
    expect(after.countDecisions()).toBe(40);
    after.close();
  });

  it('found by a reader or by telemetry is no crash either', async () => {
    const { store } = await nearlyFull();
    for (let index = 0; index < 100; index += 1) {
      store.saveEngineState([
        { area: 'health', key: `k${index}`, json: JSON.stringify('x'.repeat(2_000)), updatedAtMs: 1 },
      ]);
    }
    store.flush();
    expect(store.mode).toBe('memory');
    expect(store.readEngineState('health')).toHaveLength(100);
    store.close();
  });
});

describe('what the system refuses', () => {
  it.runIf(process.platform === 'linux')(
    'a real write error of the system ends in memory mode, not in a crash',
    async () => {
      const child = await runChild(
        `
      const store = await openStore(${JSON.stringify(path)});
      for (let index = 0; index < 400; index += 1) {
        store.saveDecision({ ...record, decisionId: 'd' + index, prompt: 'x'.repeat(3000) });
        await store.committed();
      }
      console.log(JSON.stringify([store.mode, store.countDecisions(), store.reason]));
      store.close();`,
        { fileBlocks: 1_500 },
      );
      expect(child.code).toBe(0);
      const [mode, count, reason] = JSON.parse(child.stdout) as unknown[];
      expect([mode, count]).toEqual(['memory', 400]);
      expect(reason).toMatch(/history/);
      // What had been written is sound.
      const after = await openStore(path);
      expect(after.notice).toBeNull();
      expect(after.countDecisions()).toBeGreaterThan(10);
      after.close();
    },
  );

  it.runIf(process.platform === 'linux')(
    'a read-only folder ends in memory mode, with the reason',
    async () => {
      const locked = join(folder, 'locked');
      mkdirSync(locked);
      chmodSync(locked, 0o555);
      chmodSync(folder, 0o755);
      const child = await runChild(
        `
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
      for (const file of [${JSON.stringify(join(locked, 'history.db'))}, ${JSON.stringify(join(locked, 'deeper', 'history.db'))}]) {
        const store = await openStore(file);
        store.saveDecision(record);
        console.log(JSON.stringify([store.mode, store.countDecisions(), store.reason]));
        store.close();
      }`,
        {},
      );
      expect([child.code, child.signal, child.stderr]).toEqual([0, null, '']);
      const said = child.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown[]);
      expect(said).toHaveLength(2);
      for (const [mode, count, reason] of said) {
        expect([mode, count]).toEqual(['memory', 1]);
        expect(reason).toMatch(/can't be used.*(EACCES|permission)/i);
      }
      chmodSync(locked, 0o755);
    },
  );

  it.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
    'a read-only file ends in memory mode',
    async () => {
      const store = await openStore(path);
      saveTask(store, 'd1');
      store.close();
      chmodSync(path, 0o444);
      chmodSync(folder, 0o777);
      chownSync(path, 0, 0);
      const child = await runChild(
        `
      process.setgid(65534); process.setuid(65534);
      const store = await openStore(${JSON.stringify(path)});
      store.saveDecision({ ...record, decisionId: 'd2' });
      console.log(JSON.stringify([store.mode, store.reason]));`,
        {},
      );
      expect(child.code).toBe(0);
      expect(JSON.parse(child.stdout)).toEqual(['memory', expect.stringMatching(/can't be used/)]);
    },
  );
});

describe('a foreign reader', () => {
  it('is kept out while we have the file, so the log stays short', async () => {
    const store = await openStore(path);
    saveTask(store, 'd1');
    await expect(
      openDatabase(path, { busyMs: 0 }).then((reader) =>
        reader.prepare('SELECT count(*) FROM decisions').get(),
      ),
    ).rejects.toThrow(/locked/);
    store.close();
  });

  it('that was there first is put up with, said, and never makes the log long', async () => {
    const first = await openStore(path);
    saveTask(first, 'd0');
    first.close();
    const reader = await openDatabase(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM decisions').get();
    const said: (string | null)[] = [];
    const at = { nowMs: 0 };
    const store = await openStore(path, { nowMs: () => at.nowMs, onChange: (reason) => said.push(reason) });
    expect(store.notice).toMatch(/Another program/);
    const prompt = 'x'.repeat(60_000);
    for (let index = 1; index <= 700; index += 1) {
      store.saveDecision({ ...decisionRecord(`d${index}`), prompt });
      await store.committed();
    }
    expect(store.countDecisions()).toBe(701);
    expect(statSync(`${path}-wal`).size).toBeLessThan(64 * 1024 * 1024);
    expect(said).toEqual([expect.stringMatching(/open for reading/)]);
    reader.exec('COMMIT');
    reader.close();
    at.nowMs = 15_001;
    store.saveDecision(decisionRecord('last'));
    await store.committed();
    expect([store.mode, store.countDecisions()]).toEqual(['sqlite', 702]);
    store.close();
  });
});

/** Runs a script in a process of its own with `openStore` and a `record` at hand. */
async function runChild(
  script: string,
  { fileBlocks }: { readonly fileBlocks?: number },
): Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }> {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    const { openStore } = await import(${url('./open-store.ts')});
    await import(${url('./sqlite/database.ts')}).then(({ loadSqlite }) => loadSqlite());
    const { decisionRecord } = await import(${url('../../../test/support/stored-records.ts')});
    const record = decisionRecord('d0');
    ${script}`;
  // In blocks of 1 kB: what the system lets one file grow to.
  const limit = fileBlocks === undefined ? '' : `ulimit -f ${fileBlocks}; `;
  const child = spawn(
    'bash',
    ['-c', `${limit}exec "$@"`, 'bash', process.execPath, ...nodeFlags, '--input-type=module', '-e', program],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
