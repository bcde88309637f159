/**
 * One client's events: numbered without gaps, kept as far back as a bound allows, and summed up in a snapshot. It
 * belongs to the client, not to a connection, so a reloaded window finds what happened while it was away.
 */
import type { NumberedEvent, RouterEvent, Snapshot } from '@task-router/protocol';
import { reduceSnapshot } from '@task-router/protocol';
import { fitSnapshot } from './fit-snapshot.ts';

/** One connection of the client. */
export interface Subscriber {
  /** True while so much waits unsent that text should be gathered first. */
  isCongested(): boolean;
  /** `onSent` is called when the event has left, or never when the connection ends. */
  deliver(event: NumberedEvent, onSent: () => void): void;
}

/** Kept for a client that reconnects; what is older is in the snapshot. Sizes are in characters of JSON. */
const keptEvents = 2_000;
const keptChars = 1024 * 1024;

/** Longer texts travel in several events, well below the bound of a message. */
const deltaChars = 256 * 1024;

export class EventStream {
  #snapshot: Snapshot;
  #events: NumberedEvent[] = [];
  #sizes: number[] = [];
  #chars = 0;
  readonly #subscribers = new Set<Subscriber>();
  /** Text that waits for a slow connection, by task; not numbered yet, so it can grow. */
  readonly #waiting = new Map<string, string>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  get epoch(): string {
    return this.#snapshot.epoch;
  }

  get isWatched(): boolean {
    return this.#subscribers.size > 0;
  }

  get hasRunningTask(): boolean {
    return this.#snapshot.tasks.some((task) => task.outcome === null && task.error === null);
  }

  emit(event: RouterEvent): void {
    if (event.type === 'delta' && (this.#waiting.has(event.taskId) || this.#isCongested())) {
      this.#gather(event.taskId, event.text);
      return;
    }
    if ('taskId' in event) this.#release(event.taskId);
    if (event.type === 'delta') this.#appendText(event.taskId, event.text);
    else this.#append(event);
  }

  /** Everything up to now, in a form that fits into one message. */
  snapshot(): Snapshot {
    this.#releaseAll();
    return fitSnapshot(this.#snapshot);
  }

  /** The events after number `seq`, or null when they do not reach back that far. */
  eventsAfter(seq: number): readonly NumberedEvent[] | null {
    this.#releaseAll();
    const oldest = this.#snapshot.seq - this.#events.length;
    if (seq > this.#snapshot.seq || seq < oldest) return null;
    return this.#events.slice(seq - oldest);
  }

  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
      if (!this.#isCongested()) this.#releaseAll();
    };
  }

  #isCongested(): boolean {
    return [...this.#subscribers].some((subscriber) => subscriber.isCongested());
  }

  #gather(taskId: string, text: string): void {
    const gathered = (this.#waiting.get(taskId) ?? '') + text;
    this.#waiting.set(taskId, gathered);
    if (gathered.length > 4 * deltaChars) this.#release(taskId);
  }

  #release(taskId: string): void {
    const text = this.#waiting.get(taskId);
    this.#waiting.delete(taskId);
    if (text !== undefined) this.#appendText(taskId, text);
  }

  #releaseAll(): void {
    for (const taskId of [...this.#waiting.keys()]) this.#release(taskId);
  }

  #appendText(taskId: string, text: string): void {
    for (let start = 0; start < text.length;) {
      const end = cutBefore(text, start + deltaChars);
      this.#append({ type: 'delta', taskId, text: text.slice(start, end) });
      start = end;
    }
  }

  #append(event: RouterEvent): void {
    const numbered = { seq: this.#snapshot.seq + 1, event };
    this.#snapshot = reduceSnapshot(this.#snapshot, numbered.seq, event);
    this.#keep(numbered);
    for (const subscriber of this.#subscribers) {
      subscriber.deliver(numbered, () => {
        if (this.#waiting.size > 0 && !this.#isCongested()) this.#releaseAll();
      });
    }
  }

  #keep(event: NumberedEvent): void {
    // What is forgotten must not be told again to a client that comes back: it gets a snapshot.
    if (event.event.type === 'historyCleared') [this.#events, this.#sizes, this.#chars] = [[], [], 0];
    const size = sizeOf(event.event);
    this.#events.push(event);
    this.#sizes.push(size);
    this.#chars += size;
    while (this.#events.length > keptEvents || (this.#chars > keptChars && this.#events.length > 0)) {
      this.#events.shift();
      this.#chars -= this.#sizes.shift() ?? 0;
    }
  }
}

/** Text is nearly all of a stream; the rest is rare enough to be measured exactly. */
function sizeOf(event: RouterEvent): number {
  return event.type === 'delta' ? event.text.length + 100 : JSON.stringify(event).length;
}

/** An index at or before `end` that does not split a surrogate pair. */
function cutBefore(text: string, end: number): number {
  if (end >= text.length) return text.length;
  const isPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return isPair ? end - 1 : end;
}
