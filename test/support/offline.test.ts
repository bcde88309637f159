/** The guard itself: outward connections fail in every form, connections to this machine work in every form. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';

const server = createServer((_, response) => response.end('here'));
let port = 0;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

it.each(['http://192.0.2.1/', 'http://example.com/', 'https://example.com/'])(
  'fetch of %s fails',
  async (url) => {
    await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ENETUNREACH' } });
  },
);

it('a socket and an HTTP request to the outside fail', async () => {
  await expect(once(connect(80, '192.0.2.1'), 'connect')).rejects.toMatchObject({ code: 'ENETUNREACH' });
  await expect(once(request('http://192.0.2.1/').end(), 'response')).rejects.toMatchObject({
    code: 'ENETUNREACH',
  });
});

it('this machine is reached by address, by name and by port', async () => {
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  expect(await (await fetch(`http://localhost:${port}/`)).text()).toBe('here');
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
});
