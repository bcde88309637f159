/** What the victim does; its killer looks for exactly that. */
import type { Claim } from '@task-router/daemon/engine';

/** So many leases are settled, and others held, before both are committed together. */
export const pairsABatch = 5;

const hard = { hard: true, blockedUntilMs: null } as const;

/** Of each lease. */
export const victimClaims: readonly Claim[] = [
  { ...hard, bucketId: 'slots/n', dimension: 'slots', amount: 1, limit: 10_000 },
  { ...hard, bucketId: 'memory/n', dimension: 'localMemoryBytes', amount: 7, limit: 1_000_000 },
  { ...hard, bucketId: 'rate/output', dimension: 'outputTokens', amount: 5, limit: 9_000_000 },
  { ...hard, bucketId: 'money/user/day', dimension: 'moneyNanoUsd', amount: 10, limit: 1e12 },
];
