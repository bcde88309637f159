import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import type { EngineStateRecord } from '../../store/records.ts';
import { StoredState } from './stored-state.ts';

interface Count {
  readonly calls: number;
}

/** A store that writes when it is told to, like the real one. */
class Queue extends MemoryStore {
  waiting: EngineStateRecord[] = [];
  written: string[] = [];

  override saveEngineState(records: readonly EngineStateRecord[]): void {
    this.waiting.push(...records);
  }

  write(): void {
    this.written.push(...this.waiting.map((record) => JSON.stringify(record)));
    this.waiting = [];
  }
}

const isCount = (stored: unknown): Count | null => {
  const { calls } = stored as Count;
  return calls >= 0 ? { calls } : null;
};

function begin(store = new Queue('test')) {
  let nowMs = 0;
  const clock = { nowMs: () => (nowMs += 1) };
  return { store, state: new StoredState<Count>({ area: 'balance', store, clock }, isCount) };
}

describe('StoredState', () => {
  it('gives the store what changes often once, and it writes the newest', () => {
    const { store, state } = begin();
    for (let calls = 1; calls <= 3; calls += 1) state.set('a/m', { calls });
    expect(store.waiting).toHaveLength(1);
    store.write();
    expect(store.written.map((line) => JSON.parse(line) as unknown)).toEqual([
      { area: 'balance', key: 'a/m', json: '{"calls":3}', updatedAtMs: 1 },
    ]);
  });

  it('tells of a change after what was told before is written', () => {
    const { store, state } = begin();
    state.set('a/m', { calls: 1 });
    store.write();
    state.set('a/m', { calls: 2 });
    state.set('b/m', { calls: 9 });
    store.write();
    expect(store.written.map((line) => (JSON.parse(line) as EngineStateRecord).json)).toEqual([
      '{"calls":1}',
      '{"calls":2}',
      '{"calls":9}',
    ]);
  });

  it('tells again of a key that was forgotten while it waited', () => {
    const { store, state } = begin();
    state.set('a/m', { calls: 1 });
    state.delete('a/m');
    state.set('a/m', { calls: 2 });
    store.write();
    expect(store.written.at(-1)).toContain(String.raw`"{\"calls\":2}"`);
  });

  it('goes on with what was kept, oldest first, and without what it can’t read', () => {
    const store = new MemoryStore('test');
    const kept = { b: ['{"calls":2}', 2], a: ['{"calls":1}', 1], c: ['{', 3], d: ['null', 4], e: ['{}', 5] };
    for (const [key, [json, updatedAtMs]] of Object.entries(kept))
      store.saveEngineState([{ area: 'balance', key, json: String(json), updatedAtMs: Number(updatedAtMs) }]);
    const clock = { nowMs: () => 9 };
    const state = new StoredState<Count>({ area: 'balance', store, clock }, isCount);
    expect([...state.entries()]).toEqual([
      ['a', { calls: 1 }],
      ['b', { calls: 2 }],
    ]);
  });
});
