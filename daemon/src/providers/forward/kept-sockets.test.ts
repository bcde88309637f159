import http from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KeptSockets } from './kept-sockets.ts';

const wide = { host: '127.0.0.1', maxSockets: 8, maxFreeSockets: 8, idleMs: 4_000 };

/** A server that says with each answer on which connection it came: 1, 2, … */
async function stage(
  more: Partial<ConstructorParameters<typeof KeptSockets>[0]> = {},
  listener?: RequestListener,
) {
  const sockets: Socket[] = [];
  const server = http.createServer((request, response) => {
    if (listener !== undefined) listener(request, response);
    else request.resume().on('end', () => response.end(String(sockets.indexOf(request.socket) + 1)));
  });
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const agent = new KeptSockets({ ...wide, port, ...more });
  const open = () => http.request({ agent, method: 'POST', host: '127.0.0.1', port });
  const ask = () => answerTo(open());
  return { agent, sockets, open, ask };
}

function answerTo(request: http.ClientRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    request.on('response', (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => (text += piece.toString()));
      // The socket is free once the listeners of the end were called.
      response.on('end', () => setImmediate(resolve, text));
    });
    request.on('error', reject);
    request.end('hello');
  });
}

describe('a kept connection', () => {
  it('is used again, the last one first', async () => {
    const { ask } = await stage();
    expect(await Promise.all([ask(), ask()])).toEqual(['1', '2']);
    const [one, two, three] = [await ask(), await ask(), await ask()];
    expect([two, three]).toEqual([one, one]);
  });

  it('says that it was used before', async () => {
    const { open } = await stage();
    const first = open();
    await answerTo(first);
    const second = open();
    await answerTo(second);
    expect([first.reusedSocket, second.reusedSocket]).toEqual([false, true]);
  });

  it('is not used again once the server has hung up', async () => {
    const { ask, sockets } = await stage();
    await ask();
    sockets[0]?.end();
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect(await ask()).toBe('2');
  });

  it('on which bytes came that nobody asked for is not used again', async () => {
    const { ask, sockets } = await stage();
    await ask();
    sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged');
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect(await ask()).toBe('2');
  });

  it('is closed when nobody uses it', async () => {
    const { ask, sockets } = await stage({ idleMs: 30 });
    await ask();
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect(await ask()).toBe('2');
  });

  it('is kept no longer than the server says', async () => {
    const { agent, ask } = await stage();
    agent.hint('timeout=1, max=10');
    expect([await ask(), await ask()]).toEqual(['1', '2']);
    agent.hint('timeout=5');
    expect([await ask(), await ask()]).toEqual(['3', '3']);
    agent.hint(undefined);
    expect(await ask()).toBe('3');
  });

  it('is not kept beyond the number that may be', async () => {
    const { ask, sockets } = await stage({ maxFreeSockets: 1 });
    await Promise.all([ask(), ask(), ask()]);
    await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBe(2);
  });
});

describe('a call beyond the number of connections', () => {
  it('waits for one that becomes free', async () => {
    const { ask, sockets } = await stage({ maxSockets: 2 });
    const answers = await Promise.all(Array.from({ length: 7 }, ask));
    expect([sockets.length, answers.length]).toEqual([2, 7]);
  });

  it('gets one when another was broken off, and one that was aborted while it waited needs none', async () => {
    let asked = 0;
    const { open, sockets } = await stage({ maxSockets: 1 }, (_request, response) => {
      asked += 1;
      if (asked > 1) response.end('yes');
    });
    const [silent, aborted, waiting] = [open(), open(), open()];
    silent.on('error', () => undefined).end('x');
    aborted.on('error', () => undefined).end('x');
    aborted.destroy();
    const answer = answerTo(waiting);
    await expect.poll(() => asked).toBe(1);
    silent.destroy();
    expect(await answer).toBe('yes');
    expect([asked, sockets.length]).toEqual([2, 2]);
  });
});

it('a server that is not there is an error of the call', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const agent = new KeptSockets({ ...wide, port });
  await expect(
    answerTo(http.request({ agent, method: 'POST', host: '127.0.0.1', port })),
  ).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});
