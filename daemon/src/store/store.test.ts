/** Both stores against the same expectations; what only SQLite promises (durability, schema, lock) follows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { acquireLeaderLock } from './leader-lock.ts';
import { MemoryStore } from './memory-store.ts';
import { initial } from './migrations/0001-initial.ts';
import { openStore } from './open-store.ts';
import type { AttemptRecord, DecisionRecord, GradedAnswerRecord, OutcomeRecord, Store } from './records.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-router-store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
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

  it('works on in memory when the file is no database', async () => {
    const path = join(folder, 'history.db');
    writeFileSync(path, 'this is not a database, it only looks like a file that someone put here'.repeat(50));
    const store = await openStore(path);
    expect(store.mode).toBe('memory');
    expect(store.reason).toMatch(/not a database/);
  });
});

describe('leader lock', () => {
  it('lets exactly one in and is free again after release', async () => {
    const path = join(folder, 'lock.db');
    const first = await acquireLeaderLock(path);
    expect(first).not.toBeNull();
    expect(await acquireLeaderLock(path)).toBeNull();
    first?.release();
    const second = await acquireLeaderLock(path);
    expect(second).not.toBeNull();
    second?.release();
  });

  it('is free at once after its holder was killed', async () => {
    const path = join(folder, 'lock.db');
    const script = `const { acquireLeaderLock } = await import(${JSON.stringify(new URL('./leader-lock.ts', import.meta.url).href)});
      globalThis.lock = await acquireLeaderLock(${JSON.stringify(path)});
      process.stdout.write(globalThis.lock ? 'held' : 'busy');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('held');
    expect(await acquireLeaderLock(path)).toBeNull();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const next = await acquireLeaderLock(path);
    expect(next).not.toBeNull();
    next?.release();
  });
});

function decisionRecord(decisionId: string, createdAtMs = 1000): DecisionRecord {
  const task = {
    taskId: 't1',
    kind: 'explain',
    language: null,
    inputTokens: 10,
    outputTokens: 20,
    needs: { tools: false, vision: false, structuredOutput: false, reasoning: false },
    priority: 'interactive',
    deadlineMs: null,
    maxCostUsd: null,
    pin: null,
    exclude: [],
  } as const;
  const weights = { capability: 0.4, performance: 0.3, resources: 0.2, history: 0.1 };
  return {
    decisionId,
    taskId: 't1',
    retryOf: null,
    createdAtMs,
    client: 'cli',
    kind: 'explain',
    promptSha256: 'f'.repeat(64),
    promptChars: 10,
    prompt: null,
    context: [{ file: 'a.ts', range: { startLine: 1, endLine: 2 }, bytes: 3, sha256: '0'.repeat(64) }],
    skippedContext: [{ file: '.env', reason: 'secret' }],
    input: { task, routes: [], policy: [], seed: 7 },
    selection: {
      candidates: [],
      ranked: ['n/m'],
      chosen: 'n/m',
      objective: 'balanced',
      weights,
      settings: [],
      summary: 's',
      propensity: 1,
    },
    labels: { 'n/m': { label: 'M', provider: 'ollama' } },
    cached: false,
    decidedInUs: 12,
    versions: { engine: '1', policy: 'p', catalog: 'c' },
  };
}

function gradedAnswer(decisionId: string, changes: Partial<GradedAnswerRecord> = {}): GradedAnswerRecord {
  return {
    ...{ decisionId, model: 'm', taskClass: 'fix', value: 1, source: 'feedback', propensity: 1 },
    ...{ expected: 0.5, sketch: null, atMs: 1 },
    ...changes,
  };
}

function attemptRecord(attemptId: string, decisionId: string, costUsd: number | null): AttemptRecord {
  return {
    attemptId,
    decisionId,
    routeId: 'n/m',
    startedAtMs: 1000,
    result:
      costUsd === null
        ? null
        : {
            status: 'succeeded',
            failure: null,
            firstTokenMs: 5,
            totalMs: 10,
            inputTokens: 1,
            outputTokens: 2,
            costUsd,
            retryAfterMs: null,
            endedAtMs: 2000,
            message: null,
            cachedInputTokens: null,
            reasoningTokens: null,
            finishReason: 'stop',
          },
  };
}

function outcomeRecord(decisionId: string): OutcomeRecord {
  return {
    decisionId,
    endedAtMs: 2000,
    status: 'succeeded',
    routeId: 'n/m',
    attempts: 1,
    finishReason: 'stop',
    queuedMs: 0,
    firstTokenMs: 5,
    totalMs: 10,
    inputTokens: 1,
    outputTokens: 2,
    cachedInputTokens: null,
    reasoningTokens: null,
    costUsd: 0.25,
    errorCode: null,
  };
}
