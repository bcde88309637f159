/** Models of the samples that run on this machine: free, and in memory or not. */
import type { RouteView } from '@task-router/protocol';

type LocalModel = Pick<RouteView, 'load' | 'learnedWindow' | 'prices' | 'spentUsd'>;

const free = { prices: { inputPerMTok: 0, outputPerMTok: 0 }, spentUsd: 0 } as const;

export const localModels = {
  cut: {
    ...free,
    load: {
      state: 'loaded',
      windowTokens: 16_384,
      bytes: 19_400_000_000,
      gpuBytes: 19_400_000_000,
      unloadsAtMs: null,
      coldStartMs: 11_200,
    },
    learnedWindow: { tokens: 16_384, readTokens: 16_384, sentTokens: 41_000, atMs: 0 },
  },
  cold: {
    ...free,
    load: {
      state: 'cold',
      windowTokens: null,
      bytes: 1_300_000_000,
      gpuBytes: null,
      unloadsAtMs: null,
      coldStartMs: 3_100,
    },
  },
} satisfies Readonly<Record<string, LocalModel>>;
