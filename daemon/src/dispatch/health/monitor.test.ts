import { describe, expect, it } from 'vitest';
import { outcomeRecord } from '../../../../test/support/stored-records.ts';
import type { Alarm, AlarmAction } from '../../engine/index.ts';
import { silentLogger } from '../../platform/logger.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { Monitor } from './monitor.ts';

function monitorWith(store = new MemoryStore('test')) {
  const done: string[] = [];
  let changes = 0;
  const monitor = new Monitor({
    store,
    clock: { nowMs: () => 0 },
    log: silentLogger,
    actions: {
      reprobe: (routeId) => done.push(`reprobe ${routeId}`),
      degrade: (routeId, evidence) => done.push(`degrade ${routeId}: ${evidence}`),
      resetPosterior: (routeId) => done.push(`reset ${routeId}`),
      refreshPrices: (routeId) => done.push(`prices ${routeId}`),
    },
    onChange: () => (changes += 1),
  });
  return { monitor, store, done, changes: () => changes };
}

const alarm = (action: AlarmAction): Alarm => ({
  ...{ routeId: 'n/m', kind: 'errors', statistic: 7, threshold: 6, observations: 4 },
  ...{ sinceMs: 1, atMs: 2, evidence: 'why', action },
});

describe('monitor', () => {
  it('keeps an alarm, tells of it, and sets off its one action', () => {
    const { monitor, store, done, changes } = monitorWith();
    for (const action of ['reprobe', 'degrade', 'resetPosterior', 'refreshPrices', 'tell'] as const)
      monitor.raise(alarm(action));
    expect(done).toEqual(['reprobe n/m', 'degrade n/m: why', 'reset n/m', 'prices n/m']);
    expect(changes()).toBe(5);
    expect(monitor.alarms.map(({ action }) => action)[0]).toBe('tell');
    expect(monitorWith(store).monitor.alarms).toEqual(monitor.alarms);
  });

  it('tells when tasks fail on every route, once, also over a restart', () => {
    const { monitor, store } = monitorWith();
    const end = (
      status: 'succeeded' | 'failed' | 'cancelled',
      index: number,
      errorCode: string | null = null,
    ) => monitor.taskEnded({ ...outcomeRecord(`d${index}`), status, endedAtMs: index * 1_000, errorCode });
    for (let index = 0; index < 60; index += 1) end('succeeded', index);
    for (let index = 60; index < 80; index += 1) end('cancelled', index);
    for (let index = 80; index < 100; index += 1) end('failed', index, 'route.none');
    expect(monitor.alarms).toEqual([]);
    for (let index = 100; index < 115; index += 1) end('failed', index, 'route.allFailed');
    expect(monitor.alarms).toMatchObject([{ kind: 'burn', routeId: '' }]);
    monitor.forget();
    expect(monitor.alarms).toEqual([]);
    expect(store.history.alarms(10)).toHaveLength(1);
  });
});
