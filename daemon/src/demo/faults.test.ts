/**
 * Every fault in every wire format, seen from outside through a real socket: what a client gets, byte by byte, and
 * what the server's log says it did.
 */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { FaultInput } from './faults.ts';
import { faultSchema, faultStatuses } from './faults.ts';
import { demoProfiles, demoServerIds } from './profiles.ts';
import type { DemoServerId } from './profiles.ts';
import { startDemoServer } from './server.ts';
import type { DemoServer } from './server.ts';

const chunkCount = 50;
const words = Array.from({ length: chunkCount }, (_, index) => (index === 0 ? 'Café' : ` w${index}`));
const fullText = words.join('');
const key = 'sk-demo-secret-0123456789';

const servers: DemoServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serverWith(id: DemoServerId, ...faults: readonly FaultInput[]): Promise<DemoServer> {
  const server = await startDemoServer(demoProfiles[id], { speed: 0, faults, answer: () => fullText });
  servers.push(server);
  return server;
}

const paths: Readonly<Record<DemoServerId, string>> = {
  'demo-fast': '/chat/completions',
  'demo-strong': '/messages',
  'demo-flaky': '/api/chat',
};

function bodyFor(server: DemoServer, stream: boolean): string {
  return JSON.stringify({
    model: server.models[0]!.id,
    max_tokens: 4096,
    stream,
    ...(server.provider === 'openai-compatible' ? { stream_options: { include_usage: true } } : {}),
    messages: [{ role: 'user', content: 'Hello there' }],
  });
}

/** A request in flight, with everything that has come back so far. */
interface Call {
  status?: number;
  headers: IncomingMessage['headers'];
  raw: string;
  end: 'open' | 'clean' | 'cut';
  readonly ended: Promise<undefined>;
  readonly abort: () => void;
}

function call(server: DemoServer, stream = true): Call {
  const request = httpRequest(`${server.baseUrl}${paths[server.id as DemoServerId]}`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
  });
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  const made: Call = { headers: {}, raw: '', end: 'open', ended, abort: () => request.destroy() };
  const finish = (end: Call['end']): void => {
    if (made.end === 'open') made.end = end;
    resolve(undefined);
  };
  request.on('error', () => finish('cut'));
  request.on('response', (response) => {
    made.status = response.statusCode!;
    made.headers = response.headers;
    const decoder = new TextDecoder();
    response.on('data', (bytes: Buffer) => (made.raw += decoder.decode(bytes, { stream: true })));
    response.on('end', () => finish('clean'));
    response.on('error', () => finish('cut'));
  });
  request.end(bodyFor(server, stream));
  return made;
}

async function finished(server: DemoServer, stream = true): Promise<Call> {
  const made = call(server, stream);
  await made.ended;
  return made;
}

/** The JSON values of a stream, whichever wire; what is no JSON is left out. */
function events(raw: string): unknown[] {
  return raw.split('\n').flatMap((line) => {
    const data = line.replace(/^data: /, '');
    try {
      return data.startsWith('{') ? [JSON.parse(data) as unknown] : [];
    } catch {
      return [];
    }
  });
}

const deltaSchema = z.union([
  z
    .object({ choices: z.tuple([z.object({ delta: z.object({ content: z.string() }) })]) })
    .transform((event) => event.choices[0].delta.content),
  z
    .object({ type: z.literal('content_block_delta'), delta: z.object({ text: z.string() }) })
    .transform((event) => event.delta.text),
  z.object({ message: z.object({ content: z.string() }) }).transform((event) => event.message.content),
]);

/** The answer text that a stream carried. */
function textOf(raw: string): string {
  return events(raw)
    .map((event) => deltaSchema.safeParse(event).data ?? '')
    .join('');
}

/** What each wire puts at the end of a complete stream. */
const endMarkers: Readonly<Record<DemoServerId, string>> = {
  'demo-fast': 'data: [DONE]\n\n',
  'demo-strong': 'data: {"type":"message_stop"}\n\n',
  'demo-flaky': '"done":true',
};

const lastLog = (server: DemoServer) => server.log().at(-1)!;

describe.each(demoServerIds)('%s', (id) => {
  const marker = endMarkers[id];

  it('none: the whole text, the usage and the end marker', async () => {
    const server = await serverWith(id);
    const got = await finished(server);
    expect([got.status, got.end, textOf(got.raw)]).toEqual([200, 'clean', fullText]);
    expect(got.raw).toContain(marker);
    expect(got.headers['x-demo-server']).toBe(id);
    expect(lastLog(server)).toMatchObject({
      fault: 'none',
      chunksSent: chunkCount,
      end: 'answered',
      status: 200,
      stream: true,
    });
  });

  it("tool-call: text, then a call in the wire's own pieces, with its end or without", async () => {
    const faults = (['complete', 'truncate', 'close'] as const).map((how): FaultInput => ({
      kind: 'tool-call',
      afterChunks: 2,
      how,
    }));
    const server = await serverWith(id, ...faults);
    const [whole, cut, dead] = [await finished(server), await finished(server), await finished(server)];
    expect([whole.end, cut.end, dead.end]).toEqual(['clean', 'clean', 'cut']);
    for (const { raw } of [whole, cut, dead]) {
      expect(textOf(raw)).toBe(words.slice(0, 2).join(''));
      expect(raw).toContain('read_file');
    }
    expect([whole, cut, dead].map(({ raw }) => raw.includes(marker))).toEqual([true, false, false]);
    expect(whole.raw).toMatch(/tool_calls|tool_use/);
  });

  it('slow-close: the whole answer, and no end of the connection', async () => {
    const server = await serverWith(id, { kind: 'slow-close' });
    const open = call(server);
    await vi.waitFor(() => expect(open.raw).toContain(marker));
    expect([textOf(open.raw), open.end]).toEqual([fullText, 'open']);
    open.abort();
  });

  it.each(faultStatuses)('status %i: the body of the format', async (status) => {
    const server = await serverWith(id, { kind: 'status', status });
    const got = await finished(server);
    expect([got.status, got.headers['content-type']]).toEqual([status, 'application/json']);
    expect(errorMessage(got.raw)).toMatch(/\(demo server\)$/);
  });

  it('status with Retry-After as seconds, as a date, as nonsense, and absent', async () => {
    const server = await serverWith(
      id,
      { kind: 'status', status: 429, retryAfter: { seconds: 7 } },
      { kind: 'status', status: 429, retryAfter: { dateInSeconds: 60 } },
      { kind: 'status', status: 429, retryAfter: { raw: 'soon' } },
      { kind: 'status', status: 429 },
    );
    const before = Date.now();
    const [seconds, date, raw, absent] = [
      await finished(server),
      await finished(server),
      await finished(server),
      await finished(server),
    ];
    expect([
      seconds.headers['retry-after'],
      raw.headers['retry-after'],
      absent.headers['retry-after'],
    ]).toEqual(['7', 'soon', undefined]);
    const waitMs = Date.parse(date.headers['retry-after']!) - before;
    expect(waitMs).toBeGreaterThan(57_000);
    expect(waitMs).toBeLessThan(75_000);
  });

  it('rate limits: the headers of the provider, on an error and on an answer', async () => {
    const rateLimit = { limit: 10, remaining: 0, resetInSeconds: 30 };
    const server = await serverWith(
      id,
      { kind: 'status', status: 429, rateLimit },
      { kind: 'none', rateLimit },
    );
    for (const got of [await finished(server), await finished(server)]) {
      const names = Object.keys(got.headers).filter((name) => name.includes('ratelimit'));
      expect(names.length).toBe(id === 'demo-flaky' ? 0 : 3);
    }
  });

  it('context-length, content-policy, quota-exhausted: the words a client knows them by', async () => {
    const server = await serverWith(
      id,
      { kind: 'context-length' },
      { kind: 'content-policy' },
      { kind: 'quota-exhausted' },
    );
    const got = [await finished(server), await finished(server), await finished(server)];
    const expected = {
      'demo-fast': [
        [400, /context_length_exceeded/],
        [400, /content_policy_violation/],
        [429, /insufficient_quota/],
      ],
      'demo-strong': [
        [400, /prompt is too long: 200001 tokens > 200000 maximum/],
        [400, /content filtering policy/],
        [400, /credit balance is too low/],
      ],
      'demo-flaky': [
        [400, /exceeds the context length/],
        [400, /content policy/],
        [429, /usage limit/],
      ],
    } as const;
    got.forEach(({ status, raw }, index) => {
      expect([status, raw]).toEqual([
        expected[id][index]![0],
        expect.stringMatching(expected[id][index]![1]),
      ]);
    });
  });

  it('echo-key: the error body repeats the credential, and the log does not', async () => {
    const server = await serverWith(id, { kind: 'echo-key' });
    const got = await finished(server);
    expect([got.status, got.raw]).toEqual([401, expect.stringContaining(key)]);
    expect(JSON.stringify(server.log())).not.toContain('secret');
  });

  it('html: a page where JSON was expected', async () => {
    const server = await serverWith(id, { kind: 'html' });
    const got = await finished(server);
    expect([got.status, got.headers['content-type'], got.raw]).toEqual([
      502,
      'text/html; charset=utf-8',
      expect.stringContaining('<!doctype html>'),
    ]);
  });

  it('redirect: to another host', async () => {
    const server = await serverWith(id, { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' });
    const got = await finished(server);
    expect([got.status, got.headers.location, got.raw]).toEqual([307, 'http://127.0.0.1:9/elsewhere', '']);
  });

  it('refuse: the connection is cut before the headers', async () => {
    const server = await serverWith(id, { kind: 'refuse' });
    const got = await finished(server);
    expect([got.status, got.end, got.raw]).toEqual([undefined, 'cut', '']);
    expect(lastLog(server)).toMatchObject({ fault: 'refuse', end: 'dropped' });
  });

  it('hang: no headers, while others are answered, until the client gives up', async () => {
    const server = await serverWith(id, { kind: 'hang' });
    const hanging = call(server);
    await vi.waitFor(() => expect(lastLog(server)).toMatchObject({ fault: 'hang' }));
    await finished(server);
    expect([hanging.status, hanging.end]).toEqual([undefined, 'open']);
    hanging.abort();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ end: 'aborted', chunksSent: 0 }));
  });

  it('silence: headers and then nothing', async () => {
    const server = await serverWith(id, { kind: 'silence' });
    const silent = call(server);
    await vi.waitFor(() => expect(silent.status).toBe(200));
    await finished(server);
    expect([silent.raw, silent.end]).toEqual(['', 'open']);
    silent.abort();
    await vi.waitFor(() => expect(server.log()[0]).toMatchObject({ fault: 'silence', end: 'aborted' }));
  });

  it('empty: a 200 without a byte, or a complete stream without text', async () => {
    const server = await serverWith(id, { kind: 'empty' }, { kind: 'empty', body: 'no-text' });
    const nothing = await finished(server);
    const noText = await finished(server);
    expect([nothing.status, nothing.end, nothing.raw]).toEqual([200, 'clean', '']);
    expect([noText.status, noText.end, textOf(noText.raw)]).toEqual([200, 'clean', '']);
    expect(noText.raw).toContain(marker);
  });

  it('error-event: inside a 200, before the first token, after the opening, and in mid-stream', async () => {
    const server = await serverWith(
      id,
      { kind: 'error-event' },
      { kind: 'error-event', opened: true, error: 500 },
      { kind: 'error-event', afterChunks: 5, error: 429 },
    );
    const [first, opened, late] = [await finished(server), await finished(server), await finished(server)];
    for (const got of [first, opened, late]) {
      expect([got.status, got.end]).toEqual([200, 'clean']);
      expect(errorMessage(JSON.stringify(events(got.raw).at(-1)))).toMatch(/\(demo server\)$/);
      expect(got.raw).not.toContain(marker);
    }
    expect(events(first.raw).length).toBe(1);
    expect(events(opened.raw).length).toBe({ 'demo-fast': 2, 'demo-strong': 4, 'demo-flaky': 1 }[id]);
    expect(textOf(late.raw)).toBe(words.slice(0, 5).join(''));
  });

  it('die: the socket is cut after k chunks, all of which arrived, for every k', async () => {
    const faults = words.map((_, afterChunks): FaultInput => ({ kind: 'die', afterChunks }));
    const server = await serverWith(id, ...faults);
    for (const afterChunks of words.keys()) {
      const got = await finished(server);
      expect([got.status, got.end, textOf(got.raw)]).toEqual([
        200,
        'cut',
        words.slice(0, afterChunks).join(''),
      ]);
      expect(lastLog(server)).toMatchObject({ chunksSent: afterChunks, end: 'dropped' });
    }
  });

  it('die by reset: the client sees a reset connection', async () => {
    const server = await serverWith(id, { kind: 'die', afterChunks: 3, how: 'reset' });
    const got = await finished(server);
    expect(got.end).toBe('cut');
    expect(lastLog(server)).toMatchObject({ fault: 'die', chunksSent: 3, end: 'dropped' });
  });

  it('stop: the server is gone, in mid-stream and for the next request', async () => {
    const server = await serverWith(id, { kind: 'stop', afterChunks: 2 });
    const got = await finished(server);
    expect([got.end, textOf(got.raw)]).toEqual(['cut', words.slice(0, 2).join('')]);
    await server.stopped;
    await expect(connectTo(server)).rejects.toThrow('ECONNREFUSED');
  });

  it('truncate: a clean end without the end marker', async () => {
    const server = await serverWith(id, { kind: 'truncate', afterChunks: 5 });
    const got = await finished(server);
    expect([got.status, got.end, textOf(got.raw)]).toEqual([200, 'clean', words.slice(0, 5).join('')]);
    expect(got.raw).not.toContain(marker);
  });

  it('stall: k chunks and then nothing, or nothing but signs of life', async () => {
    const server = await serverWith(
      id,
      { kind: 'stall', afterChunks: 4 },
      { kind: 'stall', afterChunks: 4, pingEveryMs: 1 },
    );
    const stalled = call(server);
    const begun = words.slice(0, 4).join('');
    await vi.waitFor(() => expect(textOf(stalled.raw)).toBe(begun));
    const silentLength = stalled.raw.length;
    const pinging = call(server);
    await vi.waitFor(() => expect(textOf(pinging.raw)).toBe(begun));
    const pingFrom = pinging.raw.length;
    await vi.waitFor(() => expect(pinging.raw.length).toBeGreaterThan(pingFrom + 100));
    expect([stalled.raw.length, stalled.end]).toEqual([silentLength, 'open']);
    expect([textOf(pinging.raw), pinging.end]).toEqual([begun, 'open']);
    stalled.abort();
    pinging.abort();
    await vi.waitFor(() =>
      expect(server.log().map(({ end, chunksSent }) => [end, chunksSent])).toEqual([
        ['aborted', 4],
        ['aborted', 4],
      ]),
    );
  });

  it('malformed: a frame that is no JSON after k chunks', async () => {
    const server = await serverWith(id, { kind: 'malformed', afterChunks: 2 });
    const got = await finished(server);
    const last = got.raw
      .trimEnd()
      .split('\n')
      .at(-1)!
      .replace(/^data: /, '');
    expect(() => {
      JSON.parse(last);
    }).toThrow(SyntaxError);
    expect([got.end, textOf(got.raw)]).toEqual(['clean', words.slice(0, 2).join('')]);
  });

  it('refusal: a complete stream that ends as a refusal', async () => {
    const server = await serverWith(id, { kind: 'refusal', afterChunks: 1 });
    const got = await finished(server);
    const reason = {
      'demo-fast': '"finish_reason":"content_filter"',
      'demo-strong': '"stop_reason":"refusal"',
      'demo-flaky': '"done_reason":"stop"',
    }[id];
    expect([got.end, textOf(got.raw)]).toEqual(['clean', words[0]]);
    expect(got.raw).toContain(reason);
  });

  it('duplicate-chunk: one chunk comes twice', async () => {
    const server = await serverWith(id, { kind: 'duplicate-chunk', at: 2 });
    const got = await finished(server);
    expect(textOf(got.raw)).toBe([...words.slice(0, 3), ...words.slice(2)].join(''));
  });

  it.each(['huge', 'zero', 'negative', 'absent'] as const)('wrong-usage: %s', async (usage) => {
    const server = await serverWith(id, { kind: 'wrong-usage', usage });
    const got = await finished(server);
    const field = {
      'demo-fast': 'completion_tokens',
      'demo-strong': 'output_tokens',
      'demo-flaky': 'eval_count',
    }[id];
    const numbers = [...got.raw.matchAll(new RegExp(`"${field}":(-?\\d+)`, 'g'))].map((match) =>
      Number(match[1]),
    );
    // The Anthropic wire also counts in its first event; the wrong number is in the last.
    const late = id === 'demo-strong' ? numbers.slice(1) : numbers;
    expect(late).toEqual({ huge: [2 ** 40], zero: [0], negative: [-1], absent: [] }[usage]);
    expect([got.end, textOf(got.raw)]).toEqual(['clean', fullText]);
  });

  it('slow: takes its time for each chunk', async () => {
    const server = await serverWith(id, { kind: 'slow', chunkMs: 2, firstChunkMs: 30 });
    const got = await finished(server);
    const { receivedAtMs, firstChunkAtMs, endedAtMs } = lastLog(server);
    expect(firstChunkAtMs! - receivedAtMs).toBeGreaterThanOrEqual(25);
    expect(endedAtMs! - firstChunkAtMs!).toBeGreaterThanOrEqual(chunkCount - 1);
    expect(textOf(got.raw)).toBe(fullText);
  });

  it('slice: single bytes, through events and UTF-8 characters', async () => {
    const server = await serverWith(id, { kind: 'slice', bytes: 1 });
    const got = await finished(server);
    expect([got.end, textOf(got.raw)]).toEqual(['clean', fullText]);
    expect(lastLog(server)).toMatchObject({
      chunksSent: chunkCount,
      responseBytes: Buffer.byteLength(got.raw),
    });
  });

  it('endless: more than the text, until the client leaves', async () => {
    const server = await serverWith(id, { kind: 'endless' });
    const got = call(server);
    await vi.waitFor(() => expect(textOf(got.raw).length).toBeGreaterThan(3 * fullText.length));
    got.abort();
    await vi.waitFor(() => expect(lastLog(server)).toMatchObject({ end: 'aborted' }));
  });

  it('cuts a body that does not stream in two', async () => {
    const server = await serverWith(
      id,
      { kind: 'none' },
      { kind: 'die', afterChunks: 1 },
      { kind: 'truncate', afterChunks: 1 },
      { kind: 'error-event' },
      { kind: 'wrong-usage', usage: 'zero' },
    );
    const [whole, died, truncated, refused, wrong] = [
      await finished(server, false),
      await finished(server, false),
      await finished(server, false),
      await finished(server, false),
      await finished(server, false),
    ];
    expect([whole.status, whole.headers['content-type'], whole.end]).toEqual([
      200,
      'application/json',
      'clean',
    ]);
    expect(JSON.stringify(JSON.parse(whole.raw))).toContain(fullText);
    for (const [got, end] of [
      [died, 'cut'],
      [truncated, 'clean'],
    ] as const) {
      expect(got.end).toBe(end);
      expect(got.raw.length).toBeGreaterThan(whole.raw.length / 3);
      expect(() => {
        JSON.parse(got.raw);
      }).toThrow(SyntaxError);
    }
    expect(refused.status).toBe(529);
    expect(JSON.stringify(JSON.parse(wrong.raw))).toContain(fullText);
  });
});

it('faults for lookups leave the answers alone, and the other way round', async () => {
  const server = await serverWith('demo-fast', { kind: 'status', status: 500 });
  server.setFaults([{ kind: 'status', status: 401 }], 'lookups');
  const models = async (): Promise<number> => (await fetch(`${server.baseUrl}/models`)).status;
  expect([
    await models(),
    await models(),
    (await finished(server)).status,
    (await finished(server)).status,
  ]).toEqual([401, 200, 500, 200]);
});

it('a request that is wrong by itself takes no fault', async () => {
  const server = await serverWith('demo-fast', { kind: 'status', status: 500 });
  const wrong = await fetch(`${server.baseUrl}/chat/completions`, { method: 'POST', body: '{' });
  expect([wrong.status, (await finished(server)).status]).toEqual([400, 500]);
});

it('a pattern repeats and a function sees each request', async () => {
  const server = await serverWith('demo-fast');
  server.setFaults({ repeat: [{ kind: 'none' }, { kind: 'status', status: 503 }] });
  const statuses = async (): Promise<(number | undefined)[]> => [
    (await finished(server)).status,
    (await finished(server)).status,
    (await finished(server)).status,
  ];
  expect(await statuses()).toEqual([200, 503, 200]);
  server.setFaults(({ index, model, stream }) => ({
    kind: 'status',
    status: index === 1 && model === 'demo-mini' && stream ? 404 : 400,
  }));
  expect(await statuses()).toEqual([400, 404, 400]);
});

it('a fault that is not of the union is refused, by name', () => {
  expect(faultSchema.safeParse({ kind: 'explode' }).success).toBe(false);
  expect(faultSchema.safeParse({ kind: 'die', afterChunks: -1 }).success).toBe(false);
  expect(faultSchema.safeParse({ kind: 'hang', forMs: 3 }).success).toBe(false);
  expect(faultSchema.safeParse({ kind: 'redirect', location: 'file:///etc/passwd' }).success).toBe(false);
  expect(
    faultSchema.safeParse({ kind: 'status', status: 429, retryAfter: { raw: 'a\r\nset-cookie: b' } }).success,
  ).toBe(false);
});

const errorSchema = z.union([
  z.object({ type: z.literal('error'), error: z.object({ type: z.string(), message: z.string() }) }),
  z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.null(),
      code: z.union([z.string(), z.number(), z.null()]),
    }),
  }),
  z.object({ error: z.string() }),
]);

/** The message of an error body in any of the three formats; throws for anything else. */
function errorMessage(raw: string): string {
  const { error } = errorSchema.parse(JSON.parse(raw));
  return typeof error === 'string' ? error : error.message;
}

function connectTo(server: DemoServer): Promise<void> {
  const { hostname, port } = new URL(server.baseUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
