/** Both stores against the same expectations; what only SQLite promises (durability, schema) follows. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/server-home.ts';
import type { Alarm } from '../engine/index.ts';
import { openDatabase } from './sqlite/database.ts';
import { MemoryStore } from './memory/memory-store.ts';
import { initial } from './sqlite/migrations/0001-initial.ts';
import { openStore } from './open-store.ts';
import {
  allocationRecord,
  attemptRecord,
  decisionRecord,
  outcomeRecord,
} from '../../../test/support/stored-records.ts';
import type { GradedAnswerRecord } from './records.ts';
import type { Store } from './store.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe.each([
  ['sqlite', () => openStore(join(folder, 'history.db'))],
  ['memory', () => Promise.resolve(new MemoryStore('test'))],
] as const)('%s store', (_, open: () => Promise<Store>) => {
  it('gives a decision back with its attempts, transitions, outcome and grade', async () => {
    const store = await open();
    const decision = decisionRecord('d1');
    store.saveDecision(decision);
    store.saveAttempt(attemptRecord('a1', 'd1', null));
    store.saveAttempt(attemptRecord('a1', 'd1', 0.25));
    const transition = {
      decisionId: 'd1',
      from: 'x',
      to: 'y',
      cause: 'network',
      message: 'm',
      mode: 'restart',
      textOffset: 12,
      atMs: 5,
    } as const;
    store.saveTransition(transition);
    store.saveOutcome(outcomeRecord('d1'));
    expect(store.saveGrade('d1', 'bad', 6)).toBe(true);
    expect(store.saveGrade('d1', 'good', 7)).toBe(true);

    const stored = store.readDecision('d1');
    expect(stored?.decision).toEqual(decision);
    expect(stored?.attempts).toEqual([attemptRecord('a1', 'd1', 0.25)]);
    expect(stored?.transitions).toEqual([transition]);
    expect(stored?.outcome).toEqual(outcomeRecord('d1'));
    expect(stored?.grade).toBe('good');
    store.close();
  });

  it('keeps of what was weighed for a decision the newest twenty, and forgets them with it', async () => {
    const store = await open();
    store.saveDecision(decisionRecord('d1'));
    store.saveDecision(decisionRecord('d2', 2000));
    store.saveAllocation(allocationRecord('d2', 0));
    for (let n = 1; n <= 25; n += 1) store.saveAllocation(allocationRecord('d1', n));
    const expected = Array.from({ length: 20 }, (_, n) => allocationRecord('d1', n + 6));
    expect(store.readDecision('d1')?.allocations).toEqual(expected);
    expect(store.readDecision('d2')?.allocations).toEqual([allocationRecord('d2', 0)]);
    for (const id of ['d1', 'd2']) store.saveOutcome(outcomeRecord(id));
    while (store.history.prune({ beforeMs: 1500, maxBytes: Infinity }) > 0);
    expect(store.readDecision('d1')).toBeNull();
    expect(store.readDecision('d2')?.allocations).toHaveLength(1);
    store.close();
  });

  it('finds the newest decision of a task', async () => {
    const store = await open();
    store.saveDecision({ ...decisionRecord('d1', 1000), taskId: 't1' });
    store.saveDecision({ ...decisionRecord('d2', 2000), taskId: 't1' });
    store.saveDecision({ ...decisionRecord('d3', 3000), taskId: 't2' });
    expect(store.readDecisionOfTask('t1')?.decisionId).toBe('d2');
    expect(store.readDecisionOfTask('t3')).toBeNull();
    expect(store.countDecisions(2000)).toBe(2);
    store.close();
  });

  it('keeps one graded answer per decision, at the time of its first grade', async () => {
    const store = await open();
    for (const n of [1, 2, 3]) {
      store.saveDecision(decisionRecord(`d${n}`, n));
      store.saveGradedAnswer(gradedAnswer(`d${n}`, { atMs: n, model: n === 2 ? 'other' : 'm' }));
    }
    store.saveGradedAnswer(gradedAnswer('d1', { atMs: 9, value: 0 }));
    expect(store.gradedAnswers({ model: 'm' })).toEqual([
      gradedAnswer('d1', { atMs: 1, value: 0 }),
      gradedAnswer('d3', { atMs: 3 }),
    ]);
    expect(store.gradedAnswers({ newest: 2 }).map(({ decisionId }) => decisionId)).toEqual(['d2', 'd3']);
    expect(store.gradedAnswers({ model: 'nobody' })).toEqual([]);
    store.close();
  });

  it('knows nothing of a decision that was never saved', async () => {
    const store = await open();
    expect(store.readDecision('nope')).toBeNull();
    expect(store.saveGrade('nope', 'good', 1)).toBe(false);
    store.close();
  });

  it('lists newest first and pages by time', async () => {
    const store = await open();
    for (const n of [1, 2, 3]) store.saveDecision(decisionRecord(`d${n}`, n * 1000));
    expect(store.listDecisions({ limit: 2 }).map((row) => row.decisionId)).toEqual(['d3', 'd2']);
    expect(store.listDecisions({ limit: 2, beforeMs: 2000 }).map((row) => row.decisionId)).toEqual(['d1']);
    expect(store.countDecisions()).toBe(3);
    store.close();
  });

  it('keeps text with SQL meta characters verbatim', async () => {
    const store = await open();
    const nasty = `'; DROP TABLE decisions; -- \u0000 " \\ %_ 💥`;
    store.saveDecision({ ...decisionRecord('d1'), prompt: nasty });
    store.saveEngineState([{ area: 'health', key: nasty, json: JSON.stringify(nasty), updatedAtMs: 1 }]);
    expect(store.readDecision('d1')?.decision.prompt).toBe(nasty);
    expect(store.readEngineState('health')).toEqual([
      { area: 'health', key: nasty, json: JSON.stringify(nasty), updatedAtMs: 1 },
    ]);
    store.close();
  });

  it('adds up what was spent per route, unknown costs left out', async () => {
    const store = await open();
    store.saveDecision(decisionRecord('d1'));
    store.saveAttempt(attemptRecord('a1', 'd1', 0.25));
    store.saveAttempt(attemptRecord('a2', 'd1', 0.5));
    store.saveAttempt({
      ...attemptRecord('a3', 'd1', 1),
      result: { ...attemptRecord('a3', 'd1', 1).result!, costUsd: null },
    });
    expect(store.spentByRoute(0).get('n/m')).toBeCloseTo(0.75);
    expect(store.spentByRoute(10_000).size).toBe(0);
    store.close();
  });

  it('keeps only the newest states of an area when pruned', async () => {
    const store = await open();
    for (const n of [1, 2, 3]) {
      store.saveEngineState([{ area: 'routeCache', key: `k${n}`, json: '1', updatedAtMs: n }]);
    }
    store.saveEngineState([{ area: 'health', key: 'other', json: '1', updatedAtMs: 0 }]);
    store.pruneEngineState('routeCache', 2);
    expect(store.readEngineState('routeCache').map((record) => record.key)).toEqual(['k2', 'k3']);
    expect(store.readEngineState('health')).toHaveLength(1);
    store.close();
  });

  it('pages through history, oldest first, and through what is logged, newest first', async () => {
    const store = await open();
    for (const n of [1, 2, 3, 4]) {
      // Two of one instant: the id decides.
      store.saveDecision(decisionRecord(`d${n}`, 1_000 * Math.min(n, 3)));
      if (n !== 2) store.saveOutcome(outcomeRecord(`d${n}`));
    }
    store.saveGrade('d4', 'bad', 9);
    const { history } = store;
    const first = history.page({ after: null, sinceMs: 0, limit: 3 });
    expect(first.map(({ decisionId, status }) => `${decisionId} ${status}`)).toEqual([
      ...['d1 succeeded', 'd2 running', 'd3 succeeded'],
    ]);
    const rest = history.page({ after: first[2]!, sinceMs: 0, limit: 3 });
    expect(rest).toMatchObject([{ decisionId: 'd4', grade: 'bad', costUsd: 0.25, inputTokens: 1 }]);
    expect(history.page({ after: null, sinceMs: 2_000, limit: 9 })).toHaveLength(3);
    const logged = history.logged({ before: null, sinceMs: 0, limit: 2 });
    expect(logged.map(({ decision, grade }) => [decision.decisionId, grade])).toEqual([
      ['d4', 'bad'],
      ['d3', null],
    ]);
    const older = history.logged({ before: logged[1]!.decision, sinceMs: 0, limit: 9 });
    expect(older.map(({ decision, outcome }) => [decision.decisionId, outcome.costUsd])).toEqual([
      ['d1', 0.25],
    ]);
    expect(history.recentOutcomes(2)).toHaveLength(2);
    store.close();
  });

  it('adds up days per route, and forgets what is too old but never what still runs', async () => {
    const store = await open();
    const day = 86_400_000;
    for (const n of [1, 2, 3]) {
      store.saveDecision(decisionRecord(`d${n}`, n * day));
      store.saveAttempt(attemptRecord(`a${n}`, `d${n}`, 0.25));
      const outcome = { ...outcomeRecord(`d${n}`), endedAtMs: n * day + 5, costUsd: n === 3 ? null : 0.25 };
      // An earlier end of the same decision counts no more, and the same one again changes nothing.
      store.saveOutcome({ ...outcome, status: 'failed', routeId: 'n/other', costUsd: 9, endedAtMs: n * day });
      store.saveOutcome(outcome);
      store.saveOutcome(outcome);
    }
    store.saveDecision(decisionRecord('running', 1));
    expect(store.history.totals(2 * day + 7)).toMatchObject([
      {
        routeId: 'n/m',
        tasks: 2,
        succeeded: 2,
        failed: 0,
        costUsd: 0.25,
        unpriced: 1,
        totalMs: 20,
        outputTokens: 4,
      },
    ]);
    expect(store.history.recentAttempts({ sinceMs: 0, limit: 9 })).toHaveLength(3);
    const bounds = { beforeMs: 2.5 * day, maxBytes: Infinity };
    let removed = 0;
    for (let chunk = 1; chunk > 0; removed += chunk) chunk = store.history.prune(bounds);
    expect(removed).toBe(2);
    expect(new Set(store.listDecisions({ limit: 9 }).map(({ decisionId }) => decisionId))).toEqual(
      new Set(['d3', 'running']),
    );
    expect(store.readDecision('d1')).toBeNull();
    store.close();
  });

  it('keeps alarms, newest first', async () => {
    const store = await open();
    const alarm: Omit<Alarm, 'atMs'> = {
      ...{ routeId: 'n/m', kind: 'latency', statistic: 9.5, threshold: 8, observations: 6, sinceMs: 1 },
      ...{ evidence: 'slow', action: 'degrade' },
    };
    store.saveAlarm({ ...alarm, atMs: 1 });
    store.saveAlarm({ ...alarm, atMs: 2 });
    expect(store.history.alarms(9)).toEqual([
      { ...alarm, atMs: 2 },
      { ...alarm, atMs: 1 },
    ]);
    store.history.forgetRest();
    expect(store.history.alarms(9)).toEqual([]);
    store.history.tidy();
    expect(store.history.bytes()).toBeGreaterThanOrEqual(0);
    store.close();
  });

  it('remembers consent until it is taken back', async () => {
    const store = await open();
    store.saveConsent('anthropic', true, 1);
    store.saveConsent('openai', true, 1);
    store.saveConsent('openai', false, 2);
    expect([...store.readConsents()]).toEqual(['anthropic']);
    store.close();
  });
});

describe('sqlite store on disk', () => {
  it('survives being closed, is private, and marks what a killed daemon left running', async () => {
    const path = join(folder, 'history.db');
    const before = await openStore(path);
    before.saveDecision(decisionRecord('d1'));
    before.saveAttempt(attemptRecord('a1', 'd1', null));
    before.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const after = await openStore(path);
    expect(after.listDecisions({ limit: 1 })[0]?.status).toBe('running');
    expect(after.markInterrupted(9000)).toBe(1);
    expect(after.markInterrupted(9001)).toBe(0);
    expect(after.readDecision('d1')?.outcome).toMatchObject({
      status: 'interrupted',
      errorCode: 'route.interrupted',
    });
    expect(after.readDecision('d1')?.attempts[0]?.result).toMatchObject({
      status: 'interrupted',
      endedAtMs: 9000,
    });
    after.close();
  });

  it('forgets the oldest tasks sooner when the file gets too large', async () => {
    const store = await openStore(join(folder, 'history.db'));
    for (let n = 0; n < 900; n += 1) {
      store.saveDecision({ ...decisionRecord(`d${n}`, n), prompt: 'x'.repeat(3_000) });
      store.saveOutcome(outcomeRecord(`d${n}`));
    }
    await store.committed();
    const maxBytes = store.history.bytes() / 2;
    const bounds = { beforeMs: 0, maxBytes };
    for (let chunk = 1; chunk > 0;) chunk = store.history.prune(bounds);
    store.history.tidy();
    expect(store.history.bytes()).toBeLessThanOrEqual(maxBytes);
    // What the thread leaves word of, so that nobody has to ask.
    await expect.poll(() => store.fileBytes).toBe(store.history.bytes());
    const kept = store.listDecisions({ limit: 900 });
    expect(kept.length).toBeGreaterThan(100);
    expect(kept[0]?.decisionId).toBe('d899');
    store.close();
  });

  it('brings a database of the first version up to date, and loses nothing', async () => {
    const path = join(folder, 'history.db');
    const old = await openDatabase(path);
    old.exec(initial);
    old.pragma('user_version = 1');
    old.exec(
      `INSERT INTO decisions VALUES ('d1', 't1', 1, 'fix', NULL, 'n/m', '${JSON.stringify(decisionRecord('d1'))}');
       INSERT INTO grades VALUES ('d1', 'good', 2)`,
    );
    old.close();
    const store = await openStore(path);
    expect(store.mode).toBe('sqlite');
    expect(store.readDecision('d1')).toMatchObject({ decision: { decisionId: 'd1' }, grade: 'good' });
    store.saveGradedAnswer(gradedAnswer('d1'));
    expect(store.gradedAnswers({ newest: 9 })).toHaveLength(1);
    store.close();
  });

  it('leaves a database of a newer version alone and says so', async () => {
    const path = join(folder, 'history.db');
    const newer = await openDatabase(path);
    newer.pragma('user_version = 999');
    newer.close();
    const store = await openStore(path);
    expect(store.mode).toBe('memory');
    expect(store.reason).toContain('999');
  });
});

function gradedAnswer(decisionId: string, changes: Partial<GradedAnswerRecord> = {}): GradedAnswerRecord {
  return {
    ...{ decisionId, model: 'm', taskClass: 'fix', value: 1, source: 'feedback', propensity: 1 },
    ...{ expected: 0.5, sketch: null, atMs: 1 },
    ...changes,
  };
}
