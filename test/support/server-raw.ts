/** Bytes on the daemon's address, as an attacker writes them: no client library in between. */
import { type Socket, connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Endpoint } from '@task-router/protocol/node';

/** Order and repetition of headers matter here, so they are a list. */
export type Headers = readonly (readonly [name: string, value: string])[];

export function rawSocket(endpoint: Endpoint): Socket {
  const socket =
    endpoint.kind === 'pipe' ? connect(endpoint.path) : connect({ host: '127.0.0.1', port: endpoint.port });
  // A server that hangs up in the middle of a write is what many of these tests want.
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

export function hostOf(endpoint: Endpoint): string {
  return endpoint.kind === 'pipe' ? 'localhost' : `127.0.0.1:${endpoint.port}`;
}

/** The request head of a WebSocket upgrade. */
export function upgrade(headers: Headers, target = '/v1'): string {
  const all: Headers = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', Buffer.alloc(16, 7).toString('base64')],
    ...headers,
  ];
  return [`GET ${target} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
}

export interface Answer {
  /** HTTP status; 0 when the server hung up without one. */
  readonly status: number;
  readonly text: string;
}

/** Sends the bytes and waits for the end of the answer's head, or for the server to hang up. */
export function exchange(endpoint: Endpoint, bytes: string | Buffer): Promise<Answer> {
  const socket = rawSocket(endpoint);
  const { promise, resolve } = Promise.withResolvers<Answer>();
  let text = '';
  const finish = (): void => {
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    resolve({ status, text });
    socket.destroy();
  };
  socket.on('data', (data) => {
    text += data.toString('latin1');
    if (text.includes('\r\n\r\n')) finish();
  });
  socket.on('close', finish);
  socket.write(bytes);
  return promise;
}

/** An authenticated WebSocket that speaks whatever the test says. */
export async function openRaw(
  endpoint: Endpoint,
  token: string,
  options: { autoPong?: boolean; perMessageDeflate?: boolean } = {},
): Promise<WebSocket> {
  const path = endpoint.kind === 'pipe' ? endpoint.path : null;
  const socket = new WebSocket(`ws://${hostOf(endpoint)}/v1`, {
    headers: { Authorization: `Bearer ${token}` },
    ...options,
    ...(path !== null && { createConnection: () => connect(path) }),
  });
  socket.on('error', () => undefined);
  onTestFinished(() => socket.terminate());
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  socket.once('open', () => resolve(undefined));
  socket.once('close', () => reject(new Error('the handshake was refused')));
  await promise;
  return socket;
}

export function closeCode(socket: WebSocket): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  socket.once('close', resolve);
  return promise;
}
