/**
 * Takes and gives back as fast as it can on a ledger file that other processes use, too, and looks at every cap after
 * each step. What it saw is its answer, so that it can run in a child.
 */
import { createRandom, type Claim } from '@task-router/daemon/engine';
import { openStore } from '../../daemon/src/store/open-store.ts';

export interface HammerReport {
  readonly held: number;
  readonly refused: number;
  readonly settledNanoUsd: number;
  /** A passed cap, or an answer that can't be. Empty is good. */
  readonly failures: readonly string[];
}

const caps = { slots: 3, memory: 1_000, money: 40_000_000 } as const;

export async function hammer(
  path: string,
  { name, seed, rounds }: { readonly name: string; readonly seed: number; readonly rounds: number },
): Promise<HammerReport> {
  const store = await openStore(path);
  if (store.mode !== 'sqlite') throw new Error(store.reason ?? 'no database');
  const random = createRandom(seed);
  const below = (count: number) => Math.floor(random.next() * count);
  const { ledger } = store;
  const failures: string[] = [];
  const held: { leaseId: string; fence: number }[] = [];
  const count = { held: 0, refused: 0, settledNanoUsd: 0 };

  const end = () => {
    const ref = held.splice(below(held.length), 1)[0];
    if (!ref) return;
    if (random.next() < 0.5) {
      if (ledger.release(ref, Date.now()) !== 'done') failures.push(`release of ${ref.leaseId}`);
      return;
    }
    const moneyNanoUsd = below(5_000);
    const settled = ledger.settle(ref, { amounts: { moneyNanoUsd }, estimated: false }, Date.now());
    if (settled.status === 'settled' && !settled.late) count.settledNanoUsd += moneyNanoUsd;
    else failures.push(`settle of ${ref.leaseId}: ${settled.status}`);
  };
  for (let round = 0; round < rounds; round += 1) {
    const request = { requestId: `${name} ${round}`, priority: 'critical', predictedNanoUsd: null } as const;
    const result = ledger.hold({ ...request, ttlMs: 60_000, claims: claims(below) }, Date.now());
    if (result.status === 'held') {
      count.held += 1;
      held.push(result.lease);
    } else count.refused += 1;
    for (const { bucketId, limit, used } of ledger.view(Date.now()).buckets) {
      if (used > (limit ?? Infinity)) failures.push(`${bucketId}: ${used} of ${limit}`);
    }
    if (random.next() < 0.6) end();
  }
  while (held.length > 0) end();
  store.close();
  return { ...count, failures };
}

function claims(below: (count: number) => number): Claim[] {
  const hard = { hard: true, blockedUntilMs: null } as const;
  return [
    { ...hard, bucketId: 'slots/n', dimension: 'slots', amount: 1, limit: caps.slots },
    { ...hard, bucketId: 'memory/n', dimension: 'localMemoryBytes', amount: below(500), limit: caps.memory },
    { ...hard, bucketId: 'money/user/day', dimension: 'moneyNanoUsd', amount: 5_000, limit: caps.money },
  ];
}
