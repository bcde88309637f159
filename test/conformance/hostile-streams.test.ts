/**
 * Streams that no server should send: a good answer of each wire, damaged at random. Whatever comes, the provider ends,
 * with a complete answer or with a `ProviderError`, and nothing escapes it.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import { ProviderError } from '../../daemon/src/providers/provider.ts';
import type { GenerateEvent } from '../../daemon/src/providers/provider.ts';
import { providerFor, subjects } from './subjects.ts';
import type { Subject } from './subjects.ts';

const answer = 'A good answer with "quotes", äöü and some words.';
const casesPerWire = 25;

describe.each(subjects)('$name', (subject: Subject) => {
  let server: Server;
  let origin = '';
  let body: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      const { streamContentType } = subject.format(subject.model);
      response.writeHead(200, { 'content-type': streamContentType }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is sound when undamaged', async () => {
    body = goodStream(subject);
    const { events, thrown } = await hear(subject, origin);
    expect(thrown).toBeNull();
    expect(events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' });
  });

  it.each(Array.from({ length: casesPerWire }, (_, seed) => seed))('ends for damage %i', async (seed) => {
    body = damaged(goodStream(subject), seed);
    const { events, thrown } = await hear(subject, origin);
    if (thrown === null) expect(events.at(-1)?.type).toBe('finish');
    else expect(thrown).toBeInstanceOf(ProviderError);
    expect(events.filter(({ type }) => type === 'finish').length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['noise', Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7_919) % 256))],
    ['nothing but line breaks', Buffer.from('\n'.repeat(10_000))],
    ['an endless number', Buffer.from(`data: ${'9'.repeat(100_000)}\n\n`)],
    ['deep nesting', Buffer.from(`data: ${'['.repeat(50_000)}\n\n${'{"a":'.repeat(50_000)}\n`)],
    [
      'words of prototypes',
      Buffer.from('data: {"__proto__":{"error":"x"},"constructor":1}\n\n{"__proto__":{"done":true}}\n'),
    ],
    ['nulls', Buffer.from('data: null\n\nnull\n')],
  ])('ends for %s', async (_what, bytes) => {
    body = bytes;
    const { thrown } = await hear(subject, origin);
    expect(thrown).toBeInstanceOf(ProviderError);
    expect(({} as Record<string, unknown>)['error']).toBeUndefined();
  });
});

async function hear(subject: Subject, origin: string) {
  const events: GenerateEvent[] = [];
  let thrown: unknown = null;
  try {
    const call = callOf([{ role: 'user', text: 'hello' }]);
    const request = {
      modelId: subject.model.id,
      call,
      maxOutputTokens: 100,
      signal: AbortSignal.timeout(10_000),
    };
    for await (const event of providerFor(subject, origin).generate(request)) events.push(event);
  } catch (error) {
    thrown = error;
  }
  return { events, thrown };
}

function goodStream({ format, model }: Subject): Buffer {
  const chat = { model, stream: true, includeUsage: true, maxOutputTokens: 100, messages: [] };
  const writer = format(model).begin(chat, 5, 1);
  const chunks = answer.split(/(?<= )/).map((text) => writer.chunk(text));
  const end = { reason: 'stop' as const, usage: { inputTokens: 5, outputTokens: 9 } };
  return Buffer.from([writer.opening(), ...chunks, writer.closing(end)].join(''));
}

/** One to four times: a piece removed, repeated, overwritten, swapped with JSON of another kind, or everything after cut. */
function damaged(stream: Buffer, seed: number): Buffer {
  const random = mulberry32(seed + 1);
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = stream;
  for (let round = 0; round <= below(4); round += 1) {
    const from = below(bytes.length);
    const to = Math.min(bytes.length, from + 1 + below(40));
    const [before, piece, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
    const filler = ['null', '{}', '[]', '-1', '"x"', '\n\n', 'data: ', '\u0000', '}'][below(9)] ?? '';
    const variants = [
      [before, after],
      [before, piece, piece, after],
      [before, Buffer.from(piece.map(() => below(256))), after],
      [before, Buffer.from(filler), after],
      [before],
    ];
    bytes = Buffer.concat(variants[below(variants.length)] ?? []);
    if (bytes.length === 0) break;
  }
  return bytes;
}

/** A small seeded generator, so that a failing case can be run again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
