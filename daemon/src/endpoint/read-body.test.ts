/** Bodies over real connections: whole however they were cut, and counted for as long as they are held. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ReadBody } from './read-body.ts';
import { BodyReader } from './read-body.ts';

const kb = 1_024;

/** Sends the pieces, each for itself, and gives what was read of them. */
async function sent(reader: BodyReader, pieces: readonly Buffer[], hasLength: boolean): Promise<ReadBody> {
  const { promise, resolve } = Promise.withResolvers<ReadBody>();
  const server = createServer((incoming, response) => {
    reader.read(incoming, (body) => {
      resolve(body);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const headers = hasLength ? { 'content-length': length } : {};
  const call = request({ port, host: '127.0.0.1', method: 'POST', headers, agent: false });
  const answered = once(call, 'response');
  for (const piece of pieces) await new Promise((written) => call.write(piece, written));
  call.end();
  const [response] = (await answered) as [NodeJS.ReadableStream];
  response.resume();
  return await promise;
}

describe('a body', () => {
  it.each([true, false])('is whole, however it was cut (its length is said: %s)', async (hasLength) => {
    const pieces = [1, 70 * kb, 3, 64 * kb, 300 * kb].map((size) => randomBytes(size));
    const body = await sent(new BodyReader(kb * kb, kb * kb), pieces, hasLength);
    expect(body).toEqual(Buffer.concat(pieces));
  });

  it('is refused where it is too large, and counts for nothing then', async () => {
    const reader = new BodyReader(100 * kb, 150 * kb);
    expect(await sent(reader, [randomBytes(60 * kb), randomBytes(60 * kb)], true)).toBe('tooLarge');
    expect(await sent(reader, [randomBytes(60 * kb), randomBytes(60 * kb)], false)).toBe('tooLarge');
    expect(await sent(reader, [randomBytes(100 * kb)], true)).toHaveLength(100 * kb);
  });

  it('finds no room while others hold it, and finds it again when they are answered', async () => {
    const reader = new BodyReader(100 * kb, 150 * kb);
    const first = await sent(reader, [randomBytes(100 * kb)], true);
    expect(await sent(reader, [randomBytes(60 * kb)], true)).toBe('busy');
    reader.release(first as Buffer);
    expect(await sent(reader, [randomBytes(60 * kb)], true)).toHaveLength(60 * kb);
  });
});
