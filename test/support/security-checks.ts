/** What several tests of the attack checklist need. */
import { daemonRequests } from '@task-router/protocol';
import type { Paths } from '@task-router/protocol/node';
import { hello } from './hello.ts';
import { openClient } from './server-fixture.ts';
import type { openRaw } from './server-raw.ts';

export function bearer(token: string): readonly [string, string] {
  return ['Authorization', `Bearer ${token}`];
}

/** A fresh client is welcomed and answered. */
export async function serves(paths: Paths): Promise<void> {
  const client = await openClient(paths, { client: 'cli' });
  await client.request(daemonRequests.health, {});
  await client.close();
}

export function initialize(overrides: object = {}): string {
  const initializationOptions = { ...hello(), ...overrides };
  const params = { processId: null, rootUri: null, capabilities: {}, initializationOptions };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
}

interface Incoming {
  readonly id?: number;
  readonly error?: { readonly message: string; readonly data: { readonly code: string } };
  readonly params?: {
    readonly seq: number;
    readonly event: { readonly type: string; readonly text: string };
  };
}

/** What the daemon says to it, as it comes. */
export function collect(socket: Awaited<ReturnType<typeof openRaw>>): Incoming[] {
  const messages: Incoming[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Incoming));
  return messages;
}
