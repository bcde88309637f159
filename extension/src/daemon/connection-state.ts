/** The states of the one connection to the daemon; each carries only what belongs to it. */
import type { RouterError } from '@task-router/protocol';

export type ConnectionState =
  /** Nothing has needed the daemon yet. */
  | { readonly type: 'idle' }
  | { readonly type: 'starting' }
  | { readonly type: 'connected' }
  /** Lost, or not reached yet; another try follows by itself. */
  | { readonly type: 'disconnected'; readonly error: RouterError }
  /** Given up until the developer asks again. */
  | { readonly type: 'failed'; readonly error: RouterError; readonly crashing: boolean }
  /** Stopped by the developer; the next thing that needs the daemon starts it again. */
  | { readonly type: 'stopped' };

/** No try follows by itself. */
export function isDown(state: ConnectionState): boolean {
  return state.type === 'failed' || state.type === 'stopped';
}

/** The panel knows fewer states: a daemon that was stopped is one that nobody needs now. */
export function panelConnection(state: ConnectionState): {
  readonly type: 'connection';
  readonly state: 'idle' | 'starting' | 'connected' | 'disconnected' | 'failed';
  readonly message: string | null;
} {
  switch (state.type) {
    case 'starting':
    case 'connected':
      return { type: 'connection', state: state.type, message: null };
    case 'idle':
      return { type: 'connection', state: 'idle', message: 'It starts with the next task.' };
    case 'stopped':
      return { type: 'connection', state: 'idle', message: 'It was stopped, and starts with the next task.' };
    case 'disconnected':
    case 'failed':
      return { type: 'connection', state: state.type, message: state.error.message };
  }
}
