/**
 * What the panel shows, and how a message of the extension changes it. The panel is a pure view of the snapshot: it
 * applies numbered events with the reducer that the daemon and the extension use, and asks for a new snapshot when a
 * number is missing.
 */
import type { PanelUpdate, RouterEvent, Snapshot } from '@task-router/protocol';
import { reduceSnapshot } from '@task-router/protocol/reduce';

export type Grade = 'good' | 'bad';
export type Connection = Extract<PanelUpdate, { type: 'connection' }>;

export interface PanelState {
  /** null until the first snapshot arrives. */
  readonly snapshot: Snapshot | null;
  /** null until the extension has said how it stands. */
  readonly connection: Connection | null;
  readonly selectedTaskId: string | null;
  readonly graded: Readonly<Record<string, Grade>>;
}

export interface Applied {
  readonly state: PanelState;
  /** Events are missing: ask for a snapshot. */
  readonly hasGap: boolean;
  /** The event that was applied, so that it can be announced; null for everything else. */
  readonly happened: RouterEvent | null;
}

export function initialState(selectedTaskId: string | null): PanelState {
  return { snapshot: null, connection: null, selectedTaskId, graded: {} };
}

/** The state after one message. Pure. */
export function applyUpdate(state: PanelState, update: PanelUpdate): Applied {
  switch (update.type) {
    case 'snapshot':
      return quietly({
        ...state,
        snapshot: update.snapshot,
        selectedTaskId: update.selectedTaskId ?? state.selectedTaskId,
        graded: update.graded,
      });
    case 'event':
      return applyEvent(state, update.event.seq, update.event.event);
    case 'select':
    case 'explain':
      return quietly({ ...state, selectedTaskId: update.taskId });
    case 'graded':
      return quietly({ ...state, graded: { ...state.graded, [update.taskId]: update.grade } });
    case 'connection':
      return quietly({ ...state, connection: update });
  }
}

/** Whether a message has one of the known types. The extension has checked the rest against the contract. */
export function isPanelUpdate(data: unknown): data is PanelUpdate {
  const known: readonly unknown[] = ['snapshot', 'event', 'select', 'explain', 'graded', 'connection'];
  return typeof data === 'object' && data !== null && 'type' in data && known.includes(data.type);
}

function applyEvent(state: PanelState, seq: number, event: RouterEvent): Applied {
  const { snapshot } = state;
  if (snapshot === null) return { state, hasGap: true, happened: null };
  // The snapshot that answered a gap may already hold what arrives after it.
  if (seq <= snapshot.seq) return quietly(state);
  if (seq > snapshot.seq + 1) return { state, hasGap: true, happened: null };
  return {
    state: { ...state, snapshot: reduceSnapshot(snapshot, seq, event) },
    hasGap: false,
    happened: event,
  };
}

function quietly(state: PanelState): Applied {
  return { state, hasGap: false, happened: null };
}
