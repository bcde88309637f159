/** What local servers of the samples have in memory. */
import type { RouteView } from '@task-router/protocol';

type Load = Pick<RouteView, 'load' | 'learnedWindow'>;

export const loads = {
  cut: {
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
    load: {
      state: 'cold',
      windowTokens: null,
      bytes: 1_300_000_000,
      gpuBytes: null,
      unloadsAtMs: null,
      coldStartMs: 3_100,
    },
  },
} satisfies Readonly<Record<string, Load>>;
