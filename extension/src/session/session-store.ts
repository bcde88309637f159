/**
 * What this window knows of the daemon: one snapshot, moved on by numbered events through the protocol's own reducer.
 * A hole in the numbers is never papered over: a fresh snapshot is asked for, and events wait for it.
 */
import {
  reduceSnapshot,
  type NumberedEvent,
  type Snapshot,
  type TaskView,
  type Welcome,
} from '@task-router/protocol';
import { Emitter } from '../platform/emitter.ts';
import { carryOver } from './carry-over.ts';

export type StoreChange =
  { readonly type: 'snapshot' } | { readonly type: 'event'; readonly event: NumberedEvent };

/** Events that wait for a snapshot; with more than this the next snapshot holds them anyway. */
const maxWaiting = 10_000;

export class SessionStore {
  readonly #changed: Emitter<StoreChange>;
  readonly #requestSnapshot: () => void;
  #snapshot: Snapshot | undefined;
  #isWhole = false;
  #waiting: NumberedEvent[] = [];

  /** @param requestSnapshot asks the daemon for `router/snapshot`, whose answer goes to `replace` */
  constructor(requestSnapshot: () => void, onListenerError: (error: unknown) => void = () => undefined) {
    this.#requestSnapshot = requestSnapshot;
    this.#changed = new Emitter(onListenerError);
  }

  get onDidChange(): Emitter<StoreChange>['listen'] {
    return this.#changed.listen;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get tasks(): readonly TaskView[] {
    return this.#snapshot?.tasks ?? [];
  }

  task(taskId: string): TaskView | undefined {
    return this.tasks.find((task) => task.taskId === taskId);
  }

  /** Where the event stream may resume; undefined when there is nothing to resume from. */
  get resumePoint(): { epoch: string; seq: number } | undefined {
    if (this.#snapshot === undefined) return undefined;
    return { epoch: this.#snapshot.epoch, seq: this.#snapshot.seq };
  }

  /** The connection is gone: what is held stays shown, and the next welcome says how it goes on. */
  disconnected(): void {
    this.#isWhole = false;
    this.#waiting = [];
  }

  /** A handshake has ended; the events that follow belong to it. */
  welcome(welcome: Welcome): void {
    if (welcome.snapshot !== undefined) {
      this.replace(welcome.snapshot);
      return;
    }
    if (welcome.resume === 'replayed' && this.#snapshot !== undefined) {
      this.#isWhole = true;
      this.#takeWaiting();
      return;
    }
    this.#requestSnapshot();
  }

  replace(snapshot: Snapshot): void {
    this.#snapshot = carryOver(this.#snapshot, snapshot);
    this.#isWhole = true;
    this.#changed.fire({ type: 'snapshot' });
    this.#takeWaiting();
  }

  apply(event: NumberedEvent): void {
    if (!this.#isWhole || this.#snapshot === undefined) {
      if (this.#waiting.length < maxWaiting) this.#waiting.push(event);
      return;
    }
    if (event.seq <= this.#snapshot.seq) return;
    if (event.seq > this.#snapshot.seq + 1) {
      this.#isWhole = false;
      this.#waiting.push(event);
      this.#requestSnapshot();
      return;
    }
    this.#snapshot = reduceSnapshot(this.#snapshot, event.seq, event.event);
    this.#changed.fire({ type: 'event', event });
  }

  #takeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) this.apply(event);
  }
}
