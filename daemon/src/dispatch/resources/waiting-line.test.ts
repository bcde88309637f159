import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Priority } from '../../engine/index.ts';
import { WaitingLine } from './waiting-line.ts';
import type { Look, Place, WaitEnd } from './waiting-line.ts';

let line: WaitingLine;
let free: Record<string, number> = {};
const log: string[] = [];
let places: Record<string, Place[]> = {};

beforeEach(() => {
  vi.useFakeTimers();
  line = new WaitingLine({ nowMs: () => Date.now() });
  free = {};
  places = {};
  log.length = 0;
});
afterEach(() => {
  line.dispose();
  vi.useRealTimers();
});

interface Wish {
  readonly priority?: Priority;
  readonly bucket?: string;
  readonly amount?: number;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** Takes from `free` and writes its name down when it has got what it wants. */
function want(name: string, wish: Wish = {}): Promise<WaitEnd> {
  const { priority = 'interactive', bucket = 'slots', amount = 1, waitMs = 30_000 } = wish;
  const short: Look = { isHeld: false, short: [bucket], retryAtMs: null };
  const look = (): Look => {
    if ((free[bucket] ?? 0) < amount) return short;
    free[bucket] = (free[bucket] ?? 0) - amount;
    log.push(name);
    return { isHeld: true };
  };
  const signal = wish.signal ?? new AbortController().signal;
  const onPlace = (place: Place): void => void (places[name] ??= []).push(place);
  return line.wait({ taskId: name, priority, untilMs: Date.now() + waitMs, signal, look, onPlace }, short);
}

function give(bucket: string, amount: number): void {
  free[bucket] = (free[bucket] ?? 0) + amount;
  line.wake();
}

describe('the waiting line', () => {
  it('serves by priority, and first come first served within one', async () => {
    const ends = [
      want('batch', { priority: 'batch' }),
      want('first'),
      want('second'),
      want('critical', { priority: 'critical' }),
      want('background', { priority: 'background' }),
    ];
    for (let n = 0; n < 5; n += 1) give('slots', 1);
    expect(log).toEqual(['critical', 'first', 'second', 'background', 'batch']);
    expect(await Promise.all(ends)).toEqual(Array(5).fill('held'));
    expect(line.length).toBe(0);
  });

  it('tells everybody the place whenever it changes', () => {
    void want('first');
    void want('second');
    void want('elsewhere', { bucket: 'tokens' });
    give('slots', 1);
    expect(places['second']).toEqual([
      { position: 2, waiting: 2 },
      { position: 1, waiting: 1 },
    ]);
    expect(places['elsewhere']).toEqual([{ position: 1, waiting: 1 }]);
  });

  it('lets nobody pass who wants the same, however little', () => {
    void want('large', { amount: 5 });
    void want('small', { amount: 1 });
    void want('other', { bucket: 'tokens' });
    give('slots', 2);
    give('tokens', 1);
    expect(log).toEqual(['other']);
    give('slots', 4);
    expect(log).toEqual(['other', 'large', 'small']);
    expect(line.ahead(['slots'], 'interactive')).toBeNull();
  });

  it('says what a newcomer must leave alone, and lets a higher priority take it', () => {
    void want('first');
    expect(line.ahead(['slots', 'tokens'], 'interactive')).toEqual({
      buckets: ['slots'],
      count: 1,
      freeAtMs: null,
    });
    expect(line.ahead(['slots'], 'batch')?.count).toBe(1);
    expect(line.ahead(['slots'], 'critical')).toBeNull();
  });

  it('ends a wait at its time, and gives its turn to the next', async () => {
    const large = want('large', { amount: 5, waitMs: 1_000 });
    void want('small');
    free['slots'] = 1;
    await vi.advanceTimersByTimeAsync(999);
    expect(log).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await large).toBe('timeout');
    expect(log).toEqual(['small']);
  });

  it('ends a wait that is cancelled at once, and gives its turn to the next', async () => {
    const cancel = new AbortController();
    const large = want('large', { amount: 5, signal: cancel.signal });
    void want('small');
    free['slots'] = 1;
    cancel.abort();
    expect(await large).toBe('aborted');
    expect(log).toEqual(['small']);
    expect(await want('late', { signal: cancel.signal })).toBe('aborted');
    expect(line.length).toBe(0);
  });

  it('looks again when a limit has refilled, and never spins', async () => {
    let looks = 0;
    const short = (): Look => {
      looks += 1;
      return { isHeld: false, short: ['requests'], retryAtMs: Date.now() + 20_000 };
    };
    const waiter = (taskId: string) => ({
      taskId,
      priority: 'interactive' as const,
      untilMs: Date.now() + 50_000,
      signal: new AbortController().signal,
      look: short,
      onPlace: () => undefined,
    });
    const seen = { isHeld: false, short: ['requests'], retryAtMs: Date.now() + 20_000 } as const;
    const ends = [line.wait(waiter('a'), seen), line.wait(waiter('b'), seen)];
    await vi.advanceTimersByTimeAsync(49_000);
    expect(looks).toBe(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all(ends)).toEqual(['timeout', 'timeout']);
  });
});
