/**
 * Ways to guard an output-token rate: the ledger's, and the published ones that gateways use. A rule says whether a call
 * may start now, and when to ask again; it hears what the call used.
 */
import {
  createLedger,
  MemoryBook,
  outputTokensCap,
  outputTokensNeeded,
  type Ledger,
  OutputWindow,
} from '@task-router/daemon/engine';

export interface Started {
  /** The answer is cut here; null: it is as long as it likes. */
  readonly maxTokens: number | null;
}

export interface RateRule {
  /** Started, or ms after which asking again makes sense. */
  start(callId: string, nowMs: number): Started | number;
  /** Every few seconds of a stream: `writing` tokens are what it will have written when asked next. */
  grow(callId: string, writing: number, nowMs: number): void;
  end(callId: string, output: number, nowMs: number): void;
  /** What the rule's own book has, in units. */
  level(nowMs: number): number;
}

/** The engine's own: hold a quantile of the newest outputs until the answer is there, cap far above it, settle. */
export function ledgerRule(limit: number): RateRule {
  const ledger: Ledger = createLedger(new MemoryBook());
  const window = new OutputWindow();
  const running = new Map<string, { readonly fence: number; readonly maxTokens: number }>();
  const claim = { bucketId: 'rate/output', dimension: 'outputTokens', limit, hard: true } as const;
  const target = { routeId: 'n/m', nodeId: 'n', provider: 'p' };
  return {
    start(callId, nowMs) {
      const amount = outputTokensNeeded(window);
      const held = ledger.hold(
        {
          ...{ requestId: callId, priority: 'interactive', ttlMs: 2_000, predictedNanoUsd: null },
          claims: [{ ...claim, amount, blockedUntilMs: null }],
        },
        nowMs,
      );
      if (held.status === 'shortage') return held.retryAfterMs ?? Infinity;
      if (held.status !== 'held') throw new Error(held.status);
      ledger.commit(held.lease, { target, expiresAtMs: nowMs + 900_000 }, nowMs);
      const maxTokens = outputTokensCap(window);
      running.set(callId, { fence: held.lease.fence, maxTokens });
      return { maxTokens };
    },
    grow(callId, writing, nowMs) {
      const { fence, maxTokens } = running.get(callId)!;
      ledger.grow({ leaseId: callId, fence }, { outputTokens: Math.min(writing, maxTokens) }, nowMs);
    },
    end(callId, output, nowMs) {
      const { fence, maxTokens } = running.get(callId)!;
      running.delete(callId);
      const settled = ledger.settle(
        { leaseId: callId, fence },
        { amounts: { outputTokens: output }, estimated: false },
        nowMs,
      );
      if (settled.status !== 'settled' || settled.late) throw new Error(`${callId}: ${settled.status}`);
      window.add(output, output >= maxTokens);
      if (running.size === 0 || Number(callId) % 100 === 0) ledger.sweep(nowMs);
    },
    level: (nowMs) => ledger.view(nowMs).buckets[0]?.used ?? 0,
  };
}

type Reserve = (window: readonly number[]) => number;

/** A bucket of one minute that refills without pause: reserves at the start, returns it and charges at the end. */
export function bucketRule(limit: number, reserve: Reserve): RateRule {
  let level = 0;
  let drainedAtMs = 0;
  let window: number[] = [];
  const reserved = new Map<string, number>();
  const perMs = limit / 60_000;
  const drain = (nowMs: number) => {
    level = Math.max(0, level - (nowMs - drainedAtMs) * perMs);
    drainedAtMs = nowMs;
  };
  return {
    start(callId, nowMs) {
      drain(nowMs);
      const amount = Math.min(reserve(window), limit);
      // Without a reservation there is room as long as anything is left.
      const excess = amount === 0 ? level - limit + 1e-6 : level + amount - limit;
      if (excess > 1e-9) return Math.max(1, Math.ceil(excess / perMs));
      level += amount;
      reserved.set(callId, amount);
      return { maxTokens: null };
    },
    grow: () => undefined,
    end(callId, output, nowMs) {
      drain(nowMs);
      level = Math.max(0, level - (reserved.get(callId) ?? 0) + output);
      reserved.delete(callId);
      window = [...window.slice(-499), output];
    },
    level: (nowMs) => {
      drain(nowMs);
      return level;
    },
  };
}

/** As gateways have them; the last 500 outputs, 4,096 before there are any. */
export const publishedRules: Readonly<Record<string, Reserve>> = {
  'check, count at the end': () => 0,
  'reserve max_tokens 32,000': () => 32_000,
  'reserve 8,192': () => 8_192,
  'mean of the last 500': (window) =>
    window.length === 0 ? 4_096 : window.reduce((sum, each) => sum + each, 0) / window.length,
  'p95 of the last 500': (window) => quantile(window, 0.95),
  'p99 of the last 500, no cap': (window) => quantile(window, 0.99),
};

function quantile(window: readonly number[], share: number): number {
  const sorted = [...window].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 4_096;
}
