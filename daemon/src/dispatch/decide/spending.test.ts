import { routeRequest } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import type { Selection } from '../../engine/index.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import type { DecisionRecord } from '../../store/records.ts';
import { Spending } from './spending.ts';
import type { RunParams } from './task-reader.ts';

const clock = { nowMs: () => new Date(2026, 10, 20, 12).getTime() };

function run(more: object = {}, task: object = {}): RunParams {
  return routeRequest.params.parse({ type: 'run', task: { prompt: 'x', ...task }, ...more }) as RunParams;
}

/** A decision as far as it is booked. */
const explored = (extraCostUsd: number): DecisionRecord => {
  const selection: Pick<Selection, 'exploration'> = {
    exploration: { explored: true, best: 'a/b', share: 1, extraCostUsd, nearTies: [] },
  };
  return { selection } as DecisionRecord;
};

describe('exploration', () => {
  it('is allowed for the first turn of an ordinary task only', () => {
    const spending = new Spending(new MemoryStore('test'), clock);
    const mayExplore = (params: RunParams, explore?: boolean) =>
      spending.facts(params, [{}, explore === undefined ? {} : { explore }], []).exploration !== undefined;
    expect(mayExplore(run())).toBe(true);
    expect(mayExplore(run(), true)).toBe(true);
    expect(mayExplore(run(), false)).toBe(false);
    expect(mayExplore(run({ pin: 'a/b' }))).toBe(false);
    expect(mayExplore(run({ retryOf: 't1' }))).toBe(false);
    expect(mayExplore(run({ previousTaskId: 't1' }))).toBe(false);
    expect(mayExplore(run({}, { priority: 'critical' }))).toBe(false);
  });

  it('books a trial when it is decided, and remembers it over a restart', () => {
    const store = new MemoryStore('test');
    const spending = new Spending(store, clock);
    const share = (from: Spending) => from.facts(run(), [], []).exploration?.share;
    expect(share(spending)).toBe(1);
    spending.decided(explored(0));
    expect(share(spending)).toBe(0);
    expect(share(new Spending(store, clock))).toBe(0);
  });

  it('may cost a share of what was spent', () => {
    const spending = new Spending(new MemoryStore('test'), clock);
    const left = () => spending.facts(run(), [], []).exploration?.extraCostLeftUsd;
    expect(left()).toBe(0);
    spending.settled(2, []);
    expect(left()).toBeCloseTo(0.1);
    spending.decided(explored(0.06));
    expect(left()).toBeCloseTo(0.04);
    spending.settled(null, []);
    expect(left()).toBeCloseTo(0.04);
  });

  it.each(['', '{}', '[]', '{"saved":-1}'])('starts anew when %j was kept', (json) => {
    const store = new MemoryStore('test');
    store.saveEngineState([{ area: 'exploration', key: 'account', json, updatedAtMs: 1 }]);
    expect(new Spending(store, clock).facts(run(), [], []).exploration?.share).toBe(1);
  });
});

describe('pacing', () => {
  const budget = { scope: 'user', window: 'day', limitUsd: 1, hard: false } as const;

  it('is left out without a budget, and begins at nothing', () => {
    const spending = new Spending(new MemoryStore('test'), clock);
    expect(spending.facts(run(), [], []).pacing).toBeUndefined();
    expect(spending.facts(run(), [], [budget]).pacing).toEqual({ lambda: 0 });
  });

  it('rises with what is spent too fast, by the tightest budget, and falls again', () => {
    const spending = new Spending(new MemoryStore('test'), clock);
    const lambda = () => spending.facts(run(), [], [budget]).pacing?.lambda ?? Number.NaN;
    for (let task = 0; task < 5; task += 1) spending.settled(0.5, [budget, { ...budget, limitUsd: 50 }]);
    const high = lambda();
    expect(high).toBeGreaterThan(0.5);
    spending.settled(0, [budget]);
    expect(lambda()).toBeLessThan(high);
  });
});
