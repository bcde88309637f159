/** A tree that is looked at first: connects in the background, and waits until there is something to show. */
import type { ConnectionState } from '../daemon/connection-state.ts';
import type { Listen, Subscription } from '../platform/emitter.ts';
import type { SessionStore } from '../session/session-store.ts';

export interface Wakeable {
  readonly state: ConnectionState;
  readonly onDidChange: Listen<ConnectionState>;
  wake(): void;
}

/** Settles when the daemon's first snapshot is there, or when it is clear that there is none for now. */
export async function firstAnswer(
  connection: Wakeable,
  store: Pick<SessionStore, 'snapshot' | 'onDidChange'>,
): Promise<void> {
  connection.wake();
  const isSettled = (): boolean => {
    const { type } = connection.state;
    if (type === 'idle' || type === 'starting') return false;
    return type !== 'connected' || store.snapshot !== undefined;
  };
  if (isSettled()) return;
  const subscriptions: Subscription[] = [];
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (isSettled()) resolve();
    };
    subscriptions.push(connection.onDidChange(look), store.onDidChange(look));
  });
  for (const subscription of subscriptions) subscription.dispose();
}
