/**
 * A process that is going to be killed: holds leases in a ledger file and settles some of them, and says what is
 * committed, line by line. What it said must be true after the kill; at most one batch more may be.
 */
import { writeSync } from 'node:fs';
import { createRandom, type LeaseRef } from '@task-router/daemon/engine';
import { openStore } from '../../daemon/src/store/open-store.ts';
import { pairsABatch, victimClaims } from './ledger-victim-claims.ts';

export async function runVictim(path: string, round: number): Promise<never> {
  const store = await openStore(path);
  if (store.mode !== 'sqlite') throw new Error(store.reason ?? 'no database');
  const { ledger } = store;
  const random = createRandom(round);
  const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
  const out: LeaseRef[] = [];
  const hold = (index: number) => {
    const nowMs = Date.now();
    const request = { requestId: `${round} ${index}`, priority: 'critical', predictedNanoUsd: 5 } as const;
    const held = ledger.hold({ ...request, ttlMs: 2_000, claims: victimClaims }, nowMs);
    if (held.status !== 'held') throw new Error(`${held.status} ${JSON.stringify(held)}`);
    ledger.commit(held.lease, { target, expiresAtMs: nowMs + 2_000 }, nowMs);
    out.push(held.lease);
  };
  for (let index = 0; index < 50; index += 1) hold(index);
  await store.committed();
  writeSync(1, 'ready\n');
  for (let index = 50; ;) {
    let said = '';
    for (let pair = 0; pair < pairsABatch; pair += 1, index += 1) {
      const ref = out.splice(Math.floor(random.next() * out.length), 1)[0]!;
      const amounts = { moneyNanoUsd: Math.floor(random.next() * 10) };
      ledger.settle(ref, { amounts, estimated: false }, Date.now());
      hold(index);
      said += `settled ${ref.fence} ${amounts.moneyNanoUsd}\n`;
    }
    await store.committed();
    writeSync(1, said);
  }
}
