/** What the daemon tells of itself, with a damaged history, busy caches and every kind of alarm. */
import type { CacheStats, DaemonView } from '@task-router/protocol';

const nowMs = 1_790_000_000_000;

const cache: CacheStats = {
  capacity: 2_000,
  entries: 1_204,
  bytes: 3_204_112,
  hits: 48_112,
  misses: 9_204,
  usageCount: 31_010,
  lastUsedAtMs: nowMs,
  evictions: 812,
  staleServed: 31,
  invalidations: 402,
  epoch: 17,
};

const alarm = { threshold: 6, observations: 38, sinceMs: nowMs - 900_000, atMs: nowMs - 30_000 };

export const daemon: DaemonView = {
  store: {
    mode: 'sqlite',
    reason: null,
    notice: 'The history file was damaged; it was moved aside to history.db.damaged-1 and a new one begun.',
    decisions: 12_408,
    bytes: 48_204_112,
  },
  cache: { ...cache, features: { ...cache, entries: 611, bytes: 902_114 } },
  alarms: [
    {
      ...alarm,
      routeId: 'anthropic/claude-sonnet-with-a-very-long-name-4-5-20260929',
      kind: 'latency',
      statistic: 9.4,
      evidence: 'Calls took 2.1 times as long as predicted (38 calls of 4 conversations).',
      action: 'degrade',
    },
    {
      ...alarm,
      routeId: 'openai/gpt-5.4',
      kind: 'cost',
      statistic: 7.2,
      evidence: 'Settled cost is 12 % above the price list over 50 calls.',
      action: 'refreshPrices',
    },
    {
      ...alarm,
      routeId: '',
      kind: 'burn',
      statistic: 8,
      evidence: '6 of the last 10 tasks failed.',
      action: 'tell',
    },
  ],
};
