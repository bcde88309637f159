/**
 * The streams of all clients. A stream outlives its connections for a while, because a window that reloads comes
 * back under the same name and wants to see what it missed; it is forgotten when nobody can be expected any more.
 */
import { type NumberedEvent, type Snapshot, emptySnapshot } from '@task-router/protocol';
import type { EventSink, RouterService } from '../dispatch/service.ts';
import type { Clock } from '../engine/index.ts';
import { EventStream, type Subscriber } from './event-stream.ts';

export type { Subscriber } from './event-stream.ts';

/** An editor window that is away for longer starts from a snapshot. */
const keptAwayMs = 30 * 60_000;
/** Streams kept at most; of those that nobody watches the one left first goes. */
const maxStreams = 128;

/** Where a new connection starts: the events it missed, or the whole picture. */
export type StreamStart =
  | { readonly resume: 'replayed'; readonly missed: readonly NumberedEvent[] }
  | { readonly resume: 'snapshot'; readonly snapshot: Snapshot };

export interface AttachRequest {
  readonly clientId: string;
  /** A command line run never comes back; its stream ends with its connection and its tasks. */
  readonly client: 'editor' | 'cli';
  readonly resume: { readonly epoch: string; readonly seq: number } | undefined;
  /** What a new stream starts from. */
  readonly initialState: () => ReturnType<RouterService['currentState']>;
  readonly subscriber: Subscriber;
}

export interface EventLog extends EventSink {
  attach(request: AttachRequest): { readonly start: StreamStart; readonly detach: () => void };
  /** The client must be attached, or have been so recently. */
  snapshot(clientId: string): Snapshot;
}

interface Kept {
  readonly stream: EventStream;
  readonly keptMs: number;
  leftAtMs: number;
}

/** `epoch` is new at each start of the daemon: numbers of another process mean nothing here. */
export function createEventLog({
  epoch,
  clock,
}: {
  readonly epoch: string;
  readonly clock: Clock;
}): EventLog {
  const kept = new Map<string, Kept>();
  let opened = 0;

  function forget(): void {
    const now = clock.nowMs();
    const left = [...kept].filter(([, { stream }]) => !stream.isWatched && !stream.hasRunningTask);
    const byAge = left.sort(([, a], [, b]) => a.leftAtMs - b.leftAtMs);
    let surplus = kept.size - maxStreams;
    for (const [clientId, { leftAtMs, keptMs }] of byAge) {
      if (now - leftAtMs < keptMs && surplus <= 0) continue;
      kept.delete(clientId);
      surplus -= 1;
    }
  }

  function open({ clientId, client, initialState }: AttachRequest): Kept {
    const known = kept.get(clientId);
    if (known !== undefined) return known;
    // Each stream has an epoch of its own, so that one that was forgotten is not taken for its successor.
    opened += 1;
    const { nodes, daemon, configProblems, wantedKeys, spend } = initialState();
    const stream = new EventStream({
      ...emptySnapshot(`${epoch}.${opened}`),
      nodes: [...nodes],
      ...(daemon && { daemon }),
      configProblems: [...configProblems],
      wantedKeys: [...wantedKeys],
      ...(spend && { spend }),
    });
    const fresh = { stream, keptMs: client === 'editor' ? keptAwayMs : 0, leftAtMs: clock.nowMs() };
    kept.set(clientId, fresh);
    return fresh;
  }

  function startOf(stream: EventStream, resume: AttachRequest['resume']): StreamStart {
    const missed = resume?.epoch === stream.epoch ? stream.eventsAfter(resume.seq) : null;
    return missed === null
      ? { resume: 'snapshot', snapshot: stream.snapshot() }
      : { resume: 'replayed', missed };
  }

  return {
    emit(clientId, event) {
      kept.get(clientId)?.stream.emit(event);
    },
    clientIds() {
      forget();
      return [...kept.keys()];
    },
    attach(request) {
      const entry = open(request);
      const start = startOf(entry.stream, request.resume);
      const unsubscribe = entry.stream.subscribe(request.subscriber);
      forget();
      return {
        start,
        detach: () => {
          unsubscribe();
          entry.leftAtMs = clock.nowMs();
          forget();
        },
      };
    },
    snapshot(clientId) {
      return kept.get(clientId)?.stream.snapshot() ?? emptySnapshot(epoch);
    },
  };
}
