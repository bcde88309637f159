/** Prices, needs, budgets and spend: what a call may cost, where that is counted, and how sure the sum is. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  budgetBucketId,
  budgetClaims,
  budgetResetsAtMs,
  costNanoUsd,
  createLedger,
  MemoryBook,
  nanoUsdOf,
  needsOf,
  outputTokensCap,
  outputTokensNeeded,
  shareLongerThan,
  spendByProvider,
  spendOf,
  spentOf,
  usdOf,
  withMaxTokens,
  type Budget,
  type NeedsInput,
  OutputWindow,
  type PriceTable,
  type SpendEntry,
} from './index.ts';
import { SpendSums } from './spend-sums.ts';

const prices: PriceTable = {
  prices: { inputPerMTok: 3, outputPerMTok: 15, cacheReadPerMTok: 0.3, cacheWritePerMTok: 3.75 },
  longPrompt: { fromTokens: 200_000, prices: { inputPerMTok: 6, outputPerMTok: 22.5 } },
};

describe('costNanoUsd', () => {
  it('counts cached input at its own price, and long prompts at theirs', () => {
    expect(costNanoUsd(prices, { input: 1_000_000 / 10, output: 0 })).toBe(300_000_000);
    expect(costNanoUsd(prices, { input: 100_000, output: 0, cacheRead: 90_000 })).toBe(57_000_000);
    expect(costNanoUsd(prices, { input: 100_000, output: 0, cacheWrite: 100_000 })).toBe(375_000_000);
    expect(costNanoUsd(prices, { input: 200_000, output: 1_000 })).toBe(1_222_500_000);
  });

  it('rounds up, and decimal prices do not drift', () => {
    const cheap = { prices: { inputPerMTok: 0.1, outputPerMTok: 0.0375 }, longPrompt: null };
    expect(costNanoUsd(cheap, { input: 3, output: 0 })).toBe(300);
    expect(costNanoUsd(cheap, { input: 0, output: 1 })).toBe(38);
    expect([nanoUsdOf(0.1 + 0.2), nanoUsdOf(-1), usdOf(nanoUsdOf(5))]).toEqual([300_000_000, 0, 5]);
  });
});

describe('needsOf', () => {
  const input = (changes: Partial<NeedsInput> = {}): NeedsInput => ({
    inputTokens: 10_000,
    expectedOutputTokens: 300,
    outputs: new OutputWindow(),
    maxOutputTokens: 32_000,
    prices,
    isHard: false,
    localMemoryBytes: 0,
    ...changes,
  });
  const outputs = OutputWindow.of(Array.from({ length: 500 }, (_, index) => index + 1));

  it('holds 4,096 output tokens before there are outputs, then a quantile of the newest', () => {
    expect(needsOf(input()).outputTokens).toBe(4_096);
    expect(needsOf(input({ outputs })).outputTokens).toBe(450);
    expect(needsOf(input({ maxOutputTokens: 100 })).outputTokens).toBe(100);
    expect([outputTokensNeeded(outputs), outputTokensCap(outputs)]).toEqual([450, 990]);
    expect([shareLongerThan(outputs, 450), shareLongerThan(new OutputWindow(), 1)]).toEqual([0.1, 1]);
  });

  it('keeps the newest 500, and counts a shortened answer as longer than it got', () => {
    const full = OutputWindow.of(outputs.sizes());
    full.add(7, false);
    expect([full.length, full.sizes()[0], full.sizes().at(-1)]).toEqual([500, 2, 7]);
    const shortened = new OutputWindow();
    shortened.add(100, true);
    expect(shortened.sizes()).toEqual([200]);
  });

  it('caps an answer only under a hard budget, and then its worst case is known', () => {
    expect(needsOf(input({ outputs }))).toMatchObject({ maxTokens: null });
    const hard = needsOf(input({ outputs, isHard: true, inputTokensAtMost: 12_000 }));
    expect(hard).toMatchObject({
      maxTokens: 990,
      worstNanoUsd: 12_000 * 3_750 + 990 * 15_000,
      predictedNanoUsd: 10_000 * 3_000 + 300 * 15_000,
    });
    expect(withMaxTokens(input({ outputs, isHard: true }), 200)).toMatchObject({
      maxTokens: 200,
      outputTokens: 200,
    });
  });

  it('does not know what an unknown price or an endless answer costs', () => {
    expect(needsOf(input({ prices: null }))).toMatchObject({ predictedNanoUsd: null, worstNanoUsd: null });
    expect(needsOf(input({ maxOutputTokens: null })).worstNanoUsd).toBeNull();
  });

  it('never settles above the worst case while input and answer stay within their bounds', () => {
    const tokens = fc.nat(400_000);
    fc.assert(
      fc.property(
        tokens,
        tokens,
        fc.nat(990),
        fc.nat(100),
        fc.nat(100),
        (most, used, output, read, write) => {
          const actual = Math.min(used, most);
          const needs = needsOf(input({ outputs, isHard: true, inputTokens: most, inputTokensAtMost: most }));
          const share = { cacheRead: (actual * read) / 100, cacheWrite: (actual * write) / 100 };
          const cost = costNanoUsd(prices, { input: actual, output, ...share });
          expect(cost).toBeLessThanOrEqual(needs.worstNanoUsd!);
        },
      ),
    );
  });
});

describe('budgets', () => {
  const budget = (changes: Partial<Budget> = {}): Budget => ({
    scope: 'user',
    workspaceId: null,
    window: 'day',
    limitNanoUsd: nanoUsdOf(5),
    hard: true,
    ...changes,
  });
  const at = {
    nowMs: Date.UTC(2026, 10, 30, 23, 30),
    utcOffsetMinutes: 60,
    taskId: 't1',
    workspaceId: 'w',
    predictedNanoUsd: 10,
    worstNanoUsd: 40,
  };

  it('claims the worst case of hard budgets and the expected cost of soft ones, each in its window', () => {
    const budgets = [
      budget(),
      budget({ window: 'month', hard: false }),
      budget({ window: 'task', scope: 'workspace', workspaceId: 'w' }),
      budget({ scope: 'workspace', workspaceId: 'other' }),
    ];
    const { claims } = budgetClaims(budgets, at);
    expect(claims.map(({ bucketId, amount, hard }) => [bucketId, amount, hard])).toEqual([
      ['money/user/day/2026-12-01', 40, true],
      ['money/user/month/2026-12', 10, false],
      ['money/workspace/w/task/t1', 40, true],
    ]);
    expect(budgetBucketId(budget(), at)).toBe('money/user/day/2026-12-01');
  });

  it('begins anew at the midnight of the developer', () => {
    expect(budgetResetsAtMs('day', at)).toBe(Date.UTC(2026, 11, 1, 23));
    expect(budgetResetsAtMs('month', at)).toBe(Date.UTC(2026, 11, 31, 23));
    expect(budgetResetsAtMs('task', at)).toBeNull();
  });

  it('stops an unknown price at hard budgets only, and says which', () => {
    const hard = budget();
    const unknown = { ...at, predictedNanoUsd: null, worstNanoUsd: null };
    const soft = budget({ window: 'month', hard: false });
    expect(budgetClaims([hard, soft], unknown)).toEqual({ claims: [], blockedByUnknownPrice: [hard] });
  });

  it('lets a workspace lower what the user allows, never lift it', () => {
    const ledger = createLedger(new MemoryBook());
    const limits = (user: number, workspace: number) => [
      budget({ limitNanoUsd: user }),
      budget({ scope: 'workspace', workspaceId: 'w', limitNanoUsd: workspace }),
    ];
    const ask = (requestId: string, budgets: Budget[]) =>
      ledger.hold(
        {
          ...{ requestId, priority: 'interactive', ttlMs: 1_000, predictedNanoUsd: 10 },
          claims: budgetClaims(budgets, at).claims,
        },
        at.nowMs,
      ).status;
    expect(ask('a', limits(30, 1_000))).toBe('shortage');
    expect(ask('b', limits(1_000, 30))).toBe('shortage');
    expect(ask('c', limits(1_000, 40))).toBe('held');
  });
});

describe('spend', () => {
  const entry = (changes: Partial<SpendEntry> = {}): SpendEntry => ({
    leaseId: 'a',
    fence: 1,
    atMs: 0,
    target: { routeId: 'n/m', nodeId: 'n', provider: 'anthropic' },
    predictedNanoUsd: 1_000_000,
    settledNanoUsd: 1_000_000,
    estimated: false,
    ...changes,
  });
  const sums = (entries: readonly SpendEntry[]) => {
    const all = new SpendSums();
    for (const each of entries) all.add(each.atMs, spendOf(each));
    return all.since(0);
  };
  const many = (count: number, changes: Partial<SpendEntry> = {}) =>
    Array.from({ length: count }, () => entry(changes));

  it('adds up what is known, with an error bar for estimates, and counts what has no price', () => {
    const entries = [entry(), entry({ estimated: true }), entry({ settledNanoUsd: null })];
    expect(spentOf(entries.map(spendOf))).toEqual({
      settledUsd: 0.002,
      plusMinusUsd: 0.0005,
      calls: 3,
      unknownCalls: 1,
    });
  });

  it('sees a price that changed, and no drift in mere scatter or few calls', () => {
    const [drifting] = spendByProvider(sums(many(30, { settledNanoUsd: 1_300_000 })));
    expect(drifting).toMatchObject({ provider: 'anthropic', isDrifting: true });
    expect(drifting?.ratio).toBeCloseTo(1.3);
    const scatter = [...many(15, { settledNanoUsd: 0 }), ...many(15, { settledNanoUsd: 2_400_000 })];
    expect(spendByProvider(sums(scatter))[0]).toMatchObject({ isDrifting: false });
    expect(spendByProvider(sums(many(19, { settledNanoUsd: 9 })))[0]).toMatchObject({ isDrifting: false });
    expect(spendByProvider(sums([entry({ target: null, predictedNanoUsd: null })]))[0]).toMatchObject({
      provider: 'unknown',
      ratio: null,
    });
  });
});
