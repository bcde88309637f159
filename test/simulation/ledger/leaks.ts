/**
 * Random lives of leases: given back, settled, settled twice, settled after their time, or never heard of again. In the
 * end nothing may be held, and the money booked must be the money that was settled, to the last unit.
 */
import {
  createLedger,
  MemoryBook,
  type Claim,
  type Lease,
  type LedgerBook,
} from '@task-router/daemon/engine';
import { Randomness } from '../base/randomness.ts';

export interface LeakFigures {
  readonly cycles: number;
  readonly held: number;
  readonly killed: number;
  readonly lateSettles: number;
  /** Units that are held though nobody lives, over all buckets. */
  readonly leakedUnits: number;
  /** Booked minus settled money. */
  readonly moneyDifference: number;
  /** Instants at which a hard cap was passed. */
  readonly overshoots: number;
}

const hard = { hard: true, blockedUntilMs: null } as const;
const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };

export function runLeaks(cycles: number, seed: number, book: LedgerBook = new MemoryBook()): LeakFigures {
  const random = new Randomness(seed);
  const ledger = createLedger(book);
  const living: Lease[] = [];
  const gone: Lease[] = [];
  const count = { held: 0, killed: 0, lateSettles: 0, overshoots: 0 };
  let nowMs = 0;
  let settled = 0;

  const settle = (lease: Lease) => {
    const moneyNanoUsd = random.index(900);
    const answer = ledger.settle(lease, { amounts: { moneyNanoUsd }, estimated: false }, nowMs);
    if (answer.status !== 'settled') return;
    settled += moneyNanoUsd;
    if (answer.late) count.lateSettles += 1;
  };
  const end = (lease: Lease) => {
    const fate = random.uniform();
    if (fate < 0.3) ledger.release(lease, nowMs);
    else if (fate < 0.7) settle(lease);
    else {
      count.killed += 1;
      gone.push(lease);
      if (gone.length > 50) gone.shift();
    }
    // Everything may come twice, and late.
    if (fate < 0.5) ledger.release(lease, nowMs);
    if (fate > 0.6 && gone.length > 0) settle(gone[random.index(gone.length)]!);
  };
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    nowMs += random.index(400);
    const claims = claimsFor(random);
    const request = { requestId: String(cycle), priority: 'critical', predictedNanoUsd: null } as const;
    const held = ledger.hold({ ...request, claims, ttlMs: 1 + random.index(5_000) }, nowMs);
    if (held.status === 'held') {
      count.held += 1;
      living.push(held.lease);
      if (random.chance(0.6)) ledger.commit(held.lease, { target, expiresAtMs: nowMs + 5_000 }, nowMs);
    }
    if (living.length > 0 && random.chance(0.9)) end(living.splice(random.index(living.length), 1)[0]!);
    if (cycle % 16 === 0) count.overshoots += ledger.view(nowMs).buckets.filter(isOver).length;
    if (cycle % 1_000 === 0) ledger.sweep(nowMs);
  }
  ledger.sweep(nowMs + 60_000);
  const { buckets } = ledger.view(nowMs + 60_000);
  return {
    cycles,
    ...count,
    leakedUnits: buckets.reduce((sum, { held }) => sum + held, 0),
    moneyDifference: (buckets.find(({ bucketId }) => bucketId === 'money/user/day')?.used ?? 0) - settled,
  };
}

function claimsFor(random: Randomness): Claim[] {
  const output = random.index(700);
  return [
    { ...hard, bucketId: 'slots/n', dimension: 'slots', amount: 1, limit: 8 },
    { ...hard, bucketId: 'memory/n', dimension: 'localMemoryBytes', amount: random.index(900), limit: 4_000 },
    { ...hard, bucketId: 'rate/output', dimension: 'outputTokens', amount: output, limit: 120_000 },
    { ...hard, bucketId: 'money/user/day', dimension: 'moneyNanoUsd', amount: 900, limit: 1e12 },
  ];
}

function isOver({ dimension, used, limit }: { dimension: string; used: number; limit: number | null }) {
  return dimension !== 'moneyNanoUsd' && used > (limit ?? Infinity);
}
