/**
 * Where tasks wait for resources, in the engine's order: by priority, first come first served within one, and nobody
 * takes what somebody ahead waits for. Nobody polls. The line looks again when something was given back, when a limit has
 * refilled as far as somebody needs, and when the limits changed.
 */
import type { Clock, Priority, QueuedTask } from '../../engine/index.ts';
import { nextInQueue, overdue, queueOrder, queuePosition } from '../../engine/index.ts';

/** What one look at the resources gave. */
export type Look =
  | { readonly isHeld: true }
  | {
      readonly isHeld: false;
      /** Buckets that have too little. */
      readonly short: readonly string[];
      /** When they should have enough, ms since the epoch; null: when somebody gives back. */
      readonly retryAtMs: number | null;
    };
type Short = Extract<Look, { isHeld: false }>;

export interface Place {
  /** 1: next. Counted among those that wait for the same. */
  readonly position: number;
  readonly waiting: number;
}

export interface Ahead {
  /** Which of the buckets they wait for. */
  readonly buckets: readonly string[];
  readonly count: number;
  /** When the first of them should get its turn; null: when somebody gives back. */
  readonly freeAtMs: number | null;
}

export interface Waiter {
  readonly taskId: string;
  readonly priority: Priority;
  /** Gives up at this instant. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
  /** Tries to get what it waits for. Must not throw. */
  readonly look: () => Look;
  /** The place in line, at first and whenever it changes. */
  readonly onPlace: (place: Place) => void;
}

export type WaitEnd = 'held' | 'timeout' | 'aborted';

interface Waiting extends QueuedTask {
  readonly waiter: Waiter;
  readonly end: (how: WaitEnd) => void;
  waitsFor: readonly string[];
  retryAtMs: number | null;
  place: Place | null;
}

/** setTimeout holds no more; whoever waits longer is looked at in between. */
const longestTimerMs = 2_000_000_000;
/** Clocks and limits round differently; an instant that has come and brought nothing is not asked about at once. */
const shortestTimerMs = 10;

export class WaitingLine {
  readonly #clock: Clock;
  #line: Waiting[] = [];
  #arrivals = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#line.length;
  }

  /** Who would be ahead of a newcomer that wants these buckets; null: nobody, they may be taken. */
  ahead(buckets: readonly string[], priority: Priority): Ahead | null {
    if (this.#line.length === 0) return null;
    const newcomer = { taskId: '', priority, sequence: Infinity, waitsFor: [], untilMs: Infinity };
    const order = queueOrder<QueuedTask>([...this.#line, newcomer]);
    const before = new Set(order.slice(0, order.indexOf(newcomer)).map(({ taskId }) => taskId));
    const rivals = this.#line.filter(
      ({ taskId, waitsFor }) => before.has(taskId) && waitsFor.some((bucket) => buckets.includes(bucket)),
    );
    if (rivals.length === 0) return null;
    const wanted = new Set(rivals.flatMap(({ waitsFor }) => waitsFor));
    const times = rivals.flatMap(({ retryAtMs }) => (retryAtMs === null ? [] : [retryAtMs]));
    return {
      buckets: buckets.filter((bucket) => wanted.has(bucket)),
      count: rivals.length,
      freeAtMs: times.length === 0 ? null : Math.min(...times),
    };
  }

  /** Waits behind everybody of the same priority. `seen` is the look that found too little. */
  wait(waiter: Waiter, seen: Short): Promise<WaitEnd> {
    if (waiter.signal.aborted) return Promise.resolve('aborted');
    return new Promise((resolve) => {
      const onAbort = (): void => {
        entry.end('aborted');
        // What it waited for may be enough for somebody behind it.
        this.wake();
      };
      const { taskId, priority, untilMs } = waiter;
      const entry: Waiting = {
        ...{ taskId, priority, untilMs, waiter },
        sequence: (this.#arrivals += 1),
        waitsFor: seen.short,
        retryAtMs: seen.retryAtMs,
        place: null,
        end: (how) => {
          this.#line = this.#line.filter((each) => each !== entry);
          waiter.signal.removeEventListener('abort', onAbort);
          resolve(how);
        },
      };
      this.#line.push(entry);
      waiter.signal.addEventListener('abort', onAbort, { once: true });
      this.#tellPlaces();
      this.#schedule();
    });
  }

  /** Something was given back, or the limits are others: everybody looks again, in order. */
  wake(): void {
    if (this.#line.length === 0 && this.#timer === null) return;
    const looked = new Set<Waiting>();
    this.#serve(looked);
    const late = overdue(this.#line, this.#clock.nowMs());
    for (const { end } of late) end('timeout');
    if (late.length > 0) this.#serve(looked);
    for (const entry of this.#line) {
      // Its time has come, and it was passed over: now it depends on the one ahead.
      if (!looked.has(entry) && (entry.retryAtMs ?? Infinity) <= this.#clock.nowMs()) entry.retryAtMs = null;
    }
    this.#tellPlaces();
    this.#schedule();
  }

  dispose(): void {
    for (const { end } of this.#line) end('aborted');
    this.#schedule();
  }

  /** Each looks once. */
  #serve(looked: Set<Waiting>): void {
    const fits = (entry: Waiting): boolean => {
      if (looked.has(entry)) return false;
      looked.add(entry);
      return look(entry);
    };
    while (nextInQueue(this.#line, fits) !== null);
  }

  #tellPlaces(): void {
    for (const entry of this.#line) {
      const rivals = this.#line.filter((each) =>
        each.waitsFor.some((bucket) => entry.waitsFor.includes(bucket)),
      );
      const place = {
        position: queuePosition(rivals, entry.taskId) ?? 1,
        waiting: Math.max(1, rivals.length),
      };
      if (entry.place?.position === place.position && entry.place.waiting === place.waiting) continue;
      entry.place = place;
      entry.waiter.onPlace(place);
    }
  }

  #schedule(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const times = this.#line.flatMap(({ untilMs, retryAtMs }) =>
      retryAtMs === null ? [untilMs] : [untilMs, retryAtMs],
    );
    if (times.length === 0) return;
    const inMs = Math.ceil(Math.min(...times) - this.#clock.nowMs());
    this.#timer = setTimeout(() => this.wake(), Math.min(longestTimerMs, Math.max(shortestTimerMs, inMs)));
  }
}

/** True: it got what it waited for, and has left the line. */
function look(entry: Waiting): boolean {
  const found = entry.waiter.look();
  if (found.isHeld) {
    entry.end('held');
    return true;
  }
  entry.waitsFor = found.short;
  entry.retryAtMs = found.retryAtMs;
  return false;
}
