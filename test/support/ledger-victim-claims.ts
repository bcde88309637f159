/** What each lease of the victim holds; its killer looks for exactly that. */
import type { Claim } from '@task-router/daemon/engine';

const hard = { hard: true, blockedUntilMs: null } as const;

export const victimClaims: readonly Claim[] = [
  { ...hard, bucketId: 'slots/n', dimension: 'slots', amount: 1, limit: 10_000 },
  { ...hard, bucketId: 'memory/n', dimension: 'localMemoryBytes', amount: 7, limit: 1_000_000 },
  { ...hard, bucketId: 'rate/output', dimension: 'outputTokens', amount: 5, limit: 9_000_000 },
  { ...hard, bucketId: 'money/user/day', dimension: 'moneyNanoUsd', amount: 10, limit: 1e12 },
];
