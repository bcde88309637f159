/** What the guard makes of the journal, and sums that are kept beside it. */
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/server-home.ts';
import { attemptRecord, decisionRecord, outcomeRecord } from '../../../test/support/stored-records.ts';
import { victimClaims } from '../../../test/support/ledger-victim-claims.ts';
import type { HoldRequest } from '../engine/index.ts';
import { openDirectStore } from '../../../test/support/direct-history.ts';
import { openDatabase } from './sqlite/database.ts';
import type { GuardedStore } from './guarded-store.ts';
import { known, migrate } from './sqlite/migrator.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

let path: string;
beforeEach(() => {
  path = join(temporaryFolder(), 'history.db');
});

describe('guarded store', () => {
  it('leaves out a save that the file will never take, says so, and writes the others', async () => {
    const refused: unknown[] = [];
    const store = await openStore(path, { onRefused: (error) => refused.push(error) });
    store.saveDecision(decisionRecord('d1'));
    store.saveAttempt(attemptRecord('a', 'nobody', 0.1));
    store.saveOutcome(outcomeRecord('d1'));
    await store.committed();
    expect([store.mode, store.readDecision('d1')?.outcome?.status]).toEqual(['sqlite', 'succeeded']);
    // It was found out in the history thread.
    await expect
      .poll(() => refused)
      .toEqual([expect.objectContaining({ code: expect.stringMatching(/CONSTRAINT/) as string })]);
    store.close();
  });

  it('goes on with leases and money while the disk is full, and writes them when there is room', async () => {
    const { store, grow, at } = await nearlyFull();
    for (let index = 0; index < 60; index += 1) await task(store, `d${index}`);
    const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
    const held = store.ledger.hold(ask('under way'), 5);
    if (held.status !== 'held') throw new Error(held.status);
    expect(store.ledger.commit(held.lease, { target, expiresAtMs: 9_000 }, 5)).toBe('done');
    await store.committed();
    expect([store.mode, store.countDecisions()]).toEqual(['memory', 60]);
    expect(store.ledger.spend(0)).toMatchObject([{ calls: 60, settledNanoUsd: 60 * 7 }]);

    grow();
    at.nowMs = 15_001;
    await task(store, 'last');
    expect([store.mode, store.reason]).toEqual(['sqlite', null]);
    const before = store.ledger.view(10);
    store.close();
    const after = await openStore(path);
    expect(after.ledger.view(10)).toEqual(before);
    expect(after.ledger.spend(0)).toMatchObject([{ calls: 61, settledNanoUsd: 61 * 7 }]);
    expect(after.ledger.sweep(9_000)).toMatchObject([{ leaseId: 'under way', state: 'expired' }]);
    expect(after.countDecisions()).toBe(61);
    after.close();
  });

  it('keeps its sums in step with what the file would answer', async () => {
    const store = await openStore(path);
    const steps = fc.array(fc.tuple(fc.constantFrom('task', 'ask', 'prune'), fc.nat(9)), { maxLength: 25 });
    let tasks = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        for (const [step, at] of all) {
          if (step === 'task') {
            tasks += 1;
            const id = `t${tasks}`;
            store.saveDecision(decisionRecord(id, at * 1_000));
            const attempt = attemptRecord(`${id}-a`, id, 0.25);
            const result = attempt.result && { ...attempt.result, endedAtMs: at * 1_000 };
            store.saveAttempt({ ...attempt, result });
            store.saveOutcome(outcomeRecord(id));
          } else if (step === 'prune') store.history.prune({ beforeMs: at * 100, maxBytes: Infinity });
          else await store.committed();
          const sinceMs = at * 1_000;
          const direct = store.listDecisions({ limit: 10_000 });
          expect(store.countDecisions(sinceMs)).toBe(
            direct.filter(({ createdAtMs }) => createdAtMs >= sinceMs).length,
          );
          const spent = direct
            .filter(({ createdAtMs }) => createdAtMs >= sinceMs)
            .reduce((sum) => sum + 0.25, 0);
          expect(store.spentByRoute(sinceMs).get('n/m') ?? 0).toBe(spent);
        }
      }),
      { numRuns: 30 },
    );
    store.close();
  });
});

describe('the ledger of an older daemon', () => {
  it('is taken over: what lives, what has expired, and what was spent', async () => {
    const old = await openDatabase(path);
    migrate(old, known.slice(0, 6));
    const lease = { leaseId: 'a', fence: 3, state: 'committed', priority: 'interactive', heldAtMs: 0 };
    const living = { ...lease, expiresAtMs: 9_000, endedAtMs: null, vector: [], target: null };
    const rest = { predictedNanoUsd: null, prefillReleased: false };
    const insert = old.prepare('INSERT INTO ledger_leases VALUES (?, ?, ?, ?, ?)');
    insert.run(3, 'a', 9_000, null, JSON.stringify({ ...living, ...rest }));
    const expired = { ...living, ...rest, leaseId: 'b', fence: 4, state: 'expired', endedAtMs: 5 };
    insert.run(4, 'b', 5, 5, JSON.stringify(expired));
    insert.run(5, 'c', 5, 6, JSON.stringify({ ...expired, leaseId: 'c', fence: 5, state: 'settled' }));
    old.exec("INSERT INTO ledger_spend VALUES (5, 'c', 6, 'n/m', 'n', 'p', 10, 12, 0)");
    old.close();
    const store = await openStore(path);
    expect(store.ledger.view(10).leases).toMatchObject([{ leaseId: 'a', fence: 3 }]);
    expect(store.ledger.spend(0)).toMatchObject([{ provider: 'p', calls: 1, settledNanoUsd: 12, ratios: 1 }]);
    const late = store.ledger.settle({ leaseId: 'b', fence: 4 }, { amounts: {}, estimated: true }, 10);
    expect(late).toEqual({ status: 'settled', late: true });
    expect(store.ledger.hold(ask('new'), 10)).toMatchObject({ status: 'held', lease: { fence: 6 } });
    store.close();
  });
});

const ask = (requestId: string): HoldRequest => ({
  ...{ requestId, ttlMs: 5_000, predictedNanoUsd: 5 },
  priority: 'critical',
  claims: victimClaims,
});

/** As dispatch runs it. */
async function task(store: Store, id: string): Promise<void> {
  const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
  const held = store.ledger.hold(ask(id), 5);
  if (held.status !== 'held') throw new Error(held.status);
  store.saveDecision(decisionRecord(id));
  expect(store.ledger.commit(held.lease, { target, expiresAtMs: 9_000 }, 5)).toBe('done');
  store.saveAttempt(attemptRecord(`${id}-a`, id, null));
  await store.committed();
  store.saveAttempt(attemptRecord(`${id}-a`, id, 0.25));
  store.ledger.settle(held.lease, { amounts: { moneyNanoUsd: 7 }, estimated: false }, 6);
  store.saveOutcome(outcomeRecord(id));
  await store.committed();
}

/** A file with room for a few pages more, until it may grow. */
async function nearlyFull(): Promise<{ store: GuardedStore; grow: () => void; at: { nowMs: number } }> {
  const database = await openDatabase(path, { exclusive: true });
  migrate(database);
  const used = Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${used + 4}`);
  const at = { nowMs: 0 };
  const ignore = () => undefined;
  const options = { nowMs: () => at.nowMs, onChange: ignore, onRefused: ignore };
  const store = openDirectStore(database, options);
  return { store, at, grow: () => database.pragma('max_page_count = 100000') };
}
