/** The journal and the history thread together: what a kill, a dead thread or a full disk leaves, and what is applied when. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/support/server-home.ts';
import { openDirectStore } from '../../../../test/support/direct-history.ts';
import { attemptRecord, decisionRecord, outcomeRecord } from '../../../../test/support/stored-records.ts';
import { openDatabase } from '../sqlite/database.ts';
import { JournalFile, journalPath } from '../journal/journal-file.ts';
import { JournalFacts } from '../journal/journal-facts.ts';
import { migrate } from '../sqlite/migrator.ts';
import { openStore } from '../open-store.ts';
import type { TransitionRecord } from '../records.ts';
import type { Store } from '../store.ts';
import { encodeSaves, type Save } from '../journal/saves.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'history.db');
});

const fail = (error: unknown): never => {
  throw error;
};
const encoding = () => ({ facts: new JournalFacts(), onRefused: fail });
const transition: TransitionRecord = {
  ...{ decisionId: 'd1', from: 'x', to: 'y', cause: 'network', message: 'm' },
  ...{ mode: 'restart', textOffset: 0, atMs: 5 },
};

function saveTask(store: Store, name: string): void {
  store.saveDecision(decisionRecord(name));
  store.saveAttempt(attemptRecord(`${name}-a`, name, 0.25));
  store.saveOutcome(outcomeRecord(name));
}

/** As a daemon leaves the journal that is killed before its history thread came to it. */
function leaveBehind(texts: readonly (readonly Save[])[], turn: 0 | 1 = 0, firstNumber = 1): void {
  const file = new JournalFile(journalPath(path, turn));
  let end = file.bytes;
  for (const [index, saves] of texts.entries())
    end = file.write(end, firstNumber + index, (text) => {
      encodeSaves(text, saves, null, encoding());
    });
  file.close();
}

function journals(): string[] {
  return readdirSync(folder).filter((name) => name.includes('journal'));
}

describe('a journal that was left behind', () => {
  it('is applied before anything is read, the older file first, and is gone after a clean end', async () => {
    leaveBehind(
      [
        [
          ['saveAttempt', attemptRecord('a1', 'd1', 0.25)],
          ['saveTransition', transition],
        ],
      ],
      0,
      2,
    );
    leaveBehind(
      [
        [
          ['saveDecision', decisionRecord('d1')],
          ['saveAttempt', attemptRecord('a1', 'd1', null)],
        ],
      ],
      1,
    );
    const refused: unknown[] = [];
    const store = await openStore(path, { onRefused: (error) => refused.push(error) });
    expect([store.mode, store.notice, refused]).toEqual(['sqlite', null, []]);
    expect(store.readDecision('d1')).toMatchObject({
      attempts: [{ attemptId: 'a1', result: { costUsd: 0.25 } }],
      transitions: [{ cause: 'network' }],
    });
    store.close();
    expect(journals()).toEqual([]);
  });

  it('is applied once, also when the kill came between its writing to the history and its end', async () => {
    const first = await openStore(path);
    first.saveDecision(decisionRecord('d1'));
    await first.committed();
    first.saveTransition(transition);
    await first.committed();
    const kept = join(folder, 'kept');
    copyFileSync(journalPath(path, 0), kept);
    first.close();
    // The history has all of it; the journal looks as if nobody had come to it.
    copyFileSync(kept, journalPath(path, 0));
    const refused: unknown[] = [];
    const again = await openStore(path, { onRefused: (error) => refused.push(error) });
    expect(again.readDecision('d1')?.transitions).toHaveLength(1);
    // Numbers go on behind those that are applied, or what comes now would be taken for applied.
    again.saveTransition(transition);
    expect(again.readDecision('d1')?.transitions).toHaveLength(2);
    again.close();
    expect(refused).toEqual([]);
  });

  it('is read as far as it is sound, moved aside where it is not, and that is said', async () => {
    leaveBehind([[['saveDecision', decisionRecord('d1')]]]);
    writeFileSync(journalPath(path, 0), 'what a power cut may leave', { flag: 'a' });
    const store = await openStore(path, { nowMs: () => 0 });
    expect(store.notice).toMatch(/journal was damaged.*moved to/);
    expect(store.readDecision('d1')?.decision.decisionId).toBe('d1');
    store.saveOutcome(outcomeRecord('d1'));
    expect(store.readDecision('d1')?.outcome?.status).toBe('succeeded');
    store.close();
    expect(journals()).toEqual(['history.db.journal-1.damaged-1970-01-01T00-00-00-000Z']);
  });

  it('cut off within its last text is no damage: nobody was told of that one', async () => {
    leaveBehind([[['saveDecision', decisionRecord('d1')]]]);
    const file = new JournalFile(journalPath(path, 0));
    file.write(file.bytes, 2, (text) => {
      encodeSaves(text, [['saveDecision', decisionRecord('d2')]], null, encoding());
    });
    file.cut(file.bytes - 7);
    file.close();
    const store = await openStore(path);
    expect([store.notice, store.countDecisions()]).toEqual([null, 1]);
    store.close();
  });
});

describe('several texts', () => {
  it('come to one row each for an attempt, an outcome and a state', async () => {
    const store = await openStore(path);
    saveTask(store, 'd1');
    await store.committed();
    store.saveAttempt(attemptRecord('d1-a', 'd1', 0.5));
    store.saveOutcome({ ...outcomeRecord('d1'), costUsd: 0.5, endedAtMs: 3_000 });
    await store.committed();
    expect(store.readDecision('d1')).toMatchObject({
      attempts: [{ result: { costUsd: 0.5 } }],
      outcome: { costUsd: 0.5 },
    });
    expect(store.history.totals(0)).toMatchObject([{ tasks: 1, costUsd: 0.5 }]);
    store.close();
  });
});

describe('clearing', () => {
  it('leaves no trace in the journal either, while the daemon runs on', async () => {
    const canary = 'canary-9f3c';
    const store = await openStore(path);
    for (let index = 0; index < 30; index += 1) {
      store.saveDecision({ ...decisionRecord(`d${index}`), prompt: canary });
      store.saveOutcome(outcomeRecord(`d${index}`));
      await store.committed();
    }
    const bounds = { beforeMs: Number.MAX_SAFE_INTEGER, maxBytes: Infinity };
    for (let chunk = 1; chunk > 0;) chunk = store.history.prune(bounds);
    store.history.forgetRest();
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name)).includes(canary), name).toBe(false);
    }
    saveTask(store, 'after');
    expect(store.countDecisions()).toBe(1);
    store.close();
  });
});

describe('a thread that ends', () => {
  it('is started again; meanwhile nothing is missing, and it is said', async () => {
    const worker = Promise.withResolvers<Worker>();
    process.once('worker', worker.resolve);
    const said: (string | null)[] = [];
    const at = { nowMs: 0 };
    const store = await openStore(path, { nowMs: () => at.nowMs, onChange: (reason) => said.push(reason) });
    saveTask(store, 'd1');
    await store.committed();
    await (await worker.promise).terminate();
    await expect.poll(() => said).toEqual([expect.stringMatching(/thread.*has ended/)]);
    expect(store.mode).toBe('memory');
    saveTask(store, 'd2');
    await store.committed();
    expect(store.countDecisions()).toBe(2);
    expect(store.readDecision('d2')?.outcome?.status).toBe('succeeded');
    // Not again and again: as often as anything else is tried.
    at.nowMs = 15_001;
    saveTask(store, 'd3');
    await store.committed();
    await expect.poll(() => store.mode, { timeout: 10_000 }).toBe('sqlite');
    expect(said.at(-1)).toBeNull();
    expect(store.countDecisions()).toBe(3);
    store.close();
    const after = await openStore(path);
    expect([after.notice, after.countDecisions()]).toEqual([null, 3]);
    expect(after.readDecision('d1')?.attempts).toHaveLength(1);
    after.close();
  });
});

describe('a thread that does not answer', () => {
  it('is an outage like a full disk, until it does', async () => {
    const database = await openDatabase(path, { exclusive: true });
    migrate(database);
    const at = { nowMs: 0, isSilent: false };
    const said: (string | null)[] = [];
    const ignore = () => undefined;
    const options = { nowMs: () => at.nowMs, onChange: (reason: string | null) => said.push(reason) };
    const store = openDirectStore(database, { ...options, onRefused: ignore }, () => at.isSilent);
    saveTask(store, 'd1');
    store.flush();
    at.isSilent = true;
    saveTask(store, 'd2');
    await store.committed();
    // Saving needs no answer; whoever reads finds out, and has what is in the journal all the same.
    expect(store.mode).toBe('sqlite');
    expect(store.readDecision('d2')?.outcome?.status).toBe('succeeded');
    expect(said).toEqual([expect.stringMatching(/does not answer/)]);
    saveTask(store, 'd3');
    expect(store.saveGrade('d3', 'good', 5)).toBe(true);
    at.isSilent = false;
    at.nowMs = 15_001;
    store.flush();
    expect([store.mode, store.countDecisions(), store.readDecision('d3')?.grade]).toEqual([
      'sqlite',
      3,
      'good',
    ]);
    store.close();
  });
});

describe('a disk that is full for the journal alone', () => {
  it.runIf(process.platform === 'linux')(
    'costs nothing that was saved, and is over when the journal could be emptied',
    async () => {
      const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
      // The same attempt again and again: the journal grows with each, and the history file does not.
      const program = `
        const { openStore } = await import(${url('../open-store.ts')});
        const { attemptRecord, decisionRecord } = await import(${url('../../../../test/support/stored-records.ts')});
        const at = { nowMs: 0 };
        const said = [];
        const store = await openStore(${JSON.stringify(path)}, { nowMs: () => at.nowMs, onChange: (reason) => said.push(reason) });
        store.saveDecision(decisionRecord('d1'));
        const { result, ...attempt } = attemptRecord('a', 'd1', 0.25);
        const save = (index) => store.saveAttempt({ ...attempt, result: { ...result, endedAtMs: index, message: 'x'.repeat(3_000) } });
        for (let index = 0; index < 800; index += 1) {
          save(index);
          await store.committed();
        }
        const during = [store.mode, store.reason, store.readDecision('d1').attempts[0].result.endedAtMs];
        at.nowMs = 15_001;
        save(800);
        await store.committed();
        const after = [store.mode, store.reason, store.readDecision('d1').attempts[0].result.endedAtMs];
        store.close();
        console.log(JSON.stringify({ during, after, said }));`;
      const args = ['-c', 'ulimit -f 1500; exec "$0" --input-type=module -e "$1"', process.execPath, program];
      const child = spawn('bash', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      const { during, after, said } = JSON.parse(output) as Record<string, unknown[]>;
      expect(during).toEqual(['memory', expect.stringMatching(/history.*changes wait/), 799]);
      expect(after).toEqual(['sqlite', null, 800]);
      expect(said).toEqual([expect.stringMatching(/history/), null]);
      const store = await openStore(path);
      expect([store.notice, store.readDecision('d1')?.attempts[0]?.result?.endedAtMs]).toEqual([null, 800]);
      store.close();
    },
  );
});
