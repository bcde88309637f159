/** The transport over real WebSockets, without the daemon around it. */
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Message, createMessageConnection } from 'vscode-jsonrpc/node';
import { WebSocket, WebSocketServer } from 'ws';
import { limits } from '../index.ts';
import { createWsTransports, sendQueueBytes } from './ws-transport.ts';

async function pair(): Promise<{ near: WebSocket; far: WebSocket }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: limits.messageBytes });
  await new Promise((resolve) => server.once('listening', resolve));
  const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const near = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    maxPayload: limits.messageBytes,
  });
  near.on('error', () => undefined);
  await new Promise((resolve) => near.once('open', resolve));
  const far = await connected;
  onTestFinished(() => {
    near.terminate();
    far.terminate();
    server.close();
  });
  return { near, far };
}

const note = (n: number): Message => ({ jsonrpc: '2.0', method: 'note', params: { n } }) as Message;
const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 5_000, interval: 2 });
const closeCode = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', resolve));

it('carries requests both ways', async () => {
  const { near, far } = await pair();
  const [one, other] = [near, far].map((socket) => {
    const { reader, writer } = createWsTransports(socket);
    const connection = createMessageConnection(reader, writer);
    connection.onRequest('double', (n: { n: number }) => 2 * n.n);
    connection.listen();
    return connection;
  });
  expect(await one?.sendRequest('double', { n: 4 })).toBe(8);
  expect(await other?.sendRequest('double', { n: 5 })).toBe(10);
});

it('keeps what comes before anyone listens, in order', async () => {
  const { near, far } = await pair();
  const { reader } = createWsTransports(near);
  for (let n = 0; n < 500; n += 1) far.send(JSON.stringify(note(n)));
  // Reading stops at a bound, so the rest waits in the kernel and not in memory.
  await until(() => near.isPaused);
  const received: Message[] = [];
  reader.listen((message) => received.push(message));
  await until(() => received.length === 500);
  expect(received).toEqual(Array.from({ length: 500 }, (_, n) => note(n)));
  expect(near.isPaused).toBe(false);
});

it('takes its listeners along when it is disposed of, and survives later errors', async () => {
  const { near, far } = await pair();
  const before = (['message', 'close'] as const).map((event) => near.listenerCount(event));
  const { reader, writer } = createWsTransports(near);
  reader.dispose();
  writer.dispose();
  expect((['message', 'close'] as const).map((event) => near.listenerCount(event))).toEqual(before);
  near.emit('error', new Error('late'));
  far.send('ignored');
});

it('answers a listener that throws with the end of the connection, not of the process', async () => {
  const { near, far } = await pair();
  const { reader } = createWsTransports(near);
  const errors: Error[] = [];
  reader.onError((error) => errors.push(error));
  reader.listen(() => {
    throw new Error('boom');
  });
  const closed = closeCode(far);
  far.send(JSON.stringify(note(1)));
  expect(await closed).toBe(1008);
  expect(errors.map(({ message }) => message)).toEqual(['boom']);
});

it('does not send what the peer would refuse', async () => {
  const { near, far } = await pair();
  const { writer } = createWsTransports(near);
  const { reader } = createWsTransports(far);
  const received: Message[] = [];
  reader.listen((message) => received.push(message));
  const tooLong = { ...note(1), params: { text: 'x'.repeat(limits.messageBytes) } };
  await expect(writer.write(tooLong)).rejects.toThrow('longer than the protocol allows');
  await writer.write(note(2));
  await until(() => received.length === 1);
  expect(received).toEqual([note(2)]);
});

it('ends with 1013 when the peer reads too slowly', async () => {
  const { near, far } = await pair();
  const { writer } = createWsTransports(near);
  far.pause();
  const big = { ...note(1), params: { text: 'x'.repeat(1024 * 1024) } };
  const writes: Promise<void>[] = [];
  for (let sent = 0; sent < 64 && near.readyState === near.OPEN; sent += 1) {
    const write = writer.write(big);
    write.catch(() => undefined);
    writes.push(write);
    expect(near.bufferedAmount).toBeLessThanOrEqual(sendQueueBytes + 1024);
  }
  expect(near.readyState).not.toBe(near.OPEN);
  await expect(writes.at(-1)).rejects.toThrow('too slowly');
  const closed = closeCode(far);
  far.resume();
  expect(await closed).toBe(1013);
});
