/**
 * `kill -9` under load, again and again on one history file: whatever was acknowledged is there at the next start, and
 * every start is a sound one. Eight callers share the journal as tasks of the daemon do: each awaits it before its call
 * goes out, and again before it tells of the outcome.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { openStore } from '../../daemon/src/store/open-store.ts';
import type { DecisionRecord } from '../../daemon/src/store/records.ts';
import { daemonDecision } from '../support/stored-records.ts';
import { startVictim } from '../support/victim.ts';

const rounds = 200;
/** Killed after this many acknowledgements and a moment more, both drawn anew in each round. */
const maxAcknowledged = 120;
const maxMomentMs = 4;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'task-router-kill-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('kill -9 under load', () => {
  it(
    `loses no acknowledged outcome and starts soundly, ${rounds} times`,
    async () => {
      const path = join(folder, 'history.db');
      const acknowledged: string[] = [];
      let [lost, unsound, unrecorded, unpaid, changed] = [0, 0, 0, 0, 0];
      for (let round = 0; round < rounds; round += 1) {
        const { sent, ended } = await killedRun(path, round);
        acknowledged.push(...ended);
        const store = await openStore(path);
        if (store.mode !== 'sqlite' || store.notice !== null) unsound += 1;
        const found = new Map(sent.map((id) => [id, store.readDecision(id)]));
        lost += ended.filter((id) => found.get(id)?.outcome?.status !== 'succeeded').length;
        // Whatever went out has its decision and its attempt, and until it is settled, its lease.
        unrecorded += sent.filter((id) => found.get(id)?.attempts.length !== 1).length;
        // Whole, with the facts that it only names.
        changed += sent.filter((id) => !isWhole(found.get(id)?.decision)).length;
        const held = new Set(store.ledger.view(0).leases.map(({ leaseId }) => leaseId));
        const running = sent.filter((id) => found.get(id)?.attempts[0]?.result === null);
        unrecorded += running.filter((id) => !held.has(`${id}-a`)).length;
        // Spent is what the attempts have cost, a millionth of a dollar each.
        const attempts = Math.round((store.spentByRoute(0).get('n/m') ?? 0) * 1e6);
        const [spend] = store.ledger.spend(0);
        if ((spend?.calls ?? 0) !== attempts || (spend?.settledNanoUsd ?? 0) !== attempts * 1_000)
          unpaid += 1;
        // Left running, not half-written: no decision may lack its outcome without being marked.
        store.markInterrupted(round);
        store.ledger.sweep(Date.now() + 60_000);
        if (store.ledger.view(Date.now()).leases.length > 0) unpaid += 1;
        store.close();
      }
      const store = await openStore(path);
      const kept = acknowledged.filter(
        (id) => store.readDecision(id)?.outcome?.status === 'succeeded',
      ).length;
      store.close();
      expect({ lost, unsound, unrecorded, unpaid, changed, kept }).toEqual({
        ...{ lost: 0, unsound: 0, unrecorded: 0, unpaid: 0, changed: 0 },
        kept: acknowledged.length,
      });
      expect(acknowledged.length).toBeGreaterThan(rounds * 10);
      process.stdout.write(`${acknowledged.length} acknowledged outcomes over ${rounds} kills, none lost\n`);
    },
    10 * 60_000,
  );
});

/** As it was saved: `killedRun`. */
function isWhole(decision: DecisionRecord | undefined): boolean {
  if (decision === undefined) return false;
  const index = Number(decision.decisionId.split('-').at(-1));
  const saved = daemonDecision(decision.decisionId, decision.createdAtMs, index % 5);
  return isDeepStrictEqual(decision, JSON.parse(JSON.stringify(saved)));
}

const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);

/** Runs the load until it is killed; answers what it said: calls that were sent, and outcomes. */
async function killedRun(path: string, round: number): Promise<{ sent: string[]; ended: string[] }> {
  const imports = `
    const { writeSync } = await import('node:fs');
    const { openStore } = await import(${url('../../daemon/src/store/open-store.ts')});
    const { attemptRecord, daemonDecision, outcomeRecord } = await import(${url('../support/stored-records.ts')});
    const { victimClaims } = await import(${url('../support/ledger-victim-claims.ts')});
  `;
  const script = `
    const store = await openStore(${JSON.stringify(path)});
    const { ledger } = store;
    const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
    const estimated = false;
    async function caller(name) {
      for (let index = 0; ; index += 1) {
        const id = 'r${round}-' + name + '-' + index;
        const request = { requestId: id + '-a', priority: 'critical', predictedNanoUsd: null, claims: victimClaims };
        const { lease } = ledger.hold({ ...request, ttlMs: 60_000 }, Date.now());
        ledger.commit(lease, { target, expiresAtMs: Date.now() + 60_000 }, Date.now());
        store.saveDecision(daemonDecision(id, ${round * 1_000_000} + index, index % 5));
        store.saveAttempt(attemptRecord(id + '-a', id, null));
        await store.committed();
        writeSync(1, 'sent ' + id + '\\n');
        store.saveEngineState([{ area: 'performance', key: 'route', json: String(index), updatedAtMs: index }]);
        store.saveAttempt(attemptRecord(id + '-a', id, 1e-6));
        ledger.settle(lease, { amounts: { moneyNanoUsd: 1_000 }, estimated }, Date.now());
        store.saveOutcome(outcomeRecord(id));
        await store.committed();
        writeSync(1, 'ended ' + id + '\\n');
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, name) => caller(name)));`;
  const child = startVictim(imports, script);
  const atLeast = 1 + Math.floor(Math.random() * maxAcknowledged);
  let text = '';
  let armed = false;
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (armed || text.split('\n').length <= atLeast) return;
    armed = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * maxMomentMs);
  });
  await once(child, 'close');
  // The last line may be cut off: it was not fully said.
  const lines = text.split('\n').slice(0, -1);
  const said = (word: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  return { sent: said('sent'), ended: said('ended') };
}
