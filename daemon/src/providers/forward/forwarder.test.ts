/** Passing through, against real servers: the demo fleet's two formats, and a raw one for what no server should do. */
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { demoProfiles, startDemoServer } from '../../demo/index.ts';
import type { DemoServer, FaultInput } from '../../demo/index.ts';
import type { ProviderError } from '../provider.ts';
import { createProvider } from '../registry.ts';
import type { ForwardCall, ForwardFinish, PassedPiece } from '../provider.ts';

const key = 'sk-forward-0123456789';
const wires = ['openai-compatible', 'anthropic'] as const;
type Wire = (typeof wires)[number];

async function serverFor(wire: Wire, faults: readonly FaultInput[] = []): Promise<DemoServer> {
  const profile = demoProfiles[wire === 'anthropic' ? 'demo-strong' : 'demo-fast'];
  const server = await startDemoServer(profile, { speed: 0, faults });
  onTestFinished(() => server.stop());
  return server;
}

async function rawServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

interface Heard {
  readonly pieces: PassedPiece[];
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly bytes: string;
  readonly finish: ForwardFinish | null;
  readonly error: ProviderError | null;
}

/** `onPiece` may hold the stream back; it gets the call to go on with. */
function forward(
  wire: Wire,
  baseUrl: string,
  options: {
    readonly model?: string;
    readonly streams?: boolean;
    readonly more?: object;
    readonly onPiece?: (call: ForwardCall, piece: PassedPiece) => boolean;
  } = {},
): Promise<Heard> {
  const { model = 'demo', streams = true, more = {}, onPiece = () => true } = options;
  const endpoint = { nodeId: 'n', provider: wire, baseUrl, apiKey: key, models: [] };
  const body = JSON.stringify({
    ...{ max_tokens: 100, model: 'auto', stream: streams, messages: [{ role: 'user', content: 'hello' }] },
    ...more,
  });
  const from = body.indexOf('"auto"');
  return new Promise((resolve) => {
    const heard = { pieces: [] as PassedPiece[], headers: {} as Record<string, string> };
    const done = (end: Pick<Heard, 'finish' | 'error'>): void => {
      const bytes = Buffer.concat(heard.pieces.map((piece) => piece.bytes)).toString();
      resolve({ ...heard, ...end, bytes, text: heard.pieces.map(({ text }) => text).join('') });
    };
    const provider = createProvider(endpoint);
    const call: ForwardCall = provider.forward!.send(
      {
        ...{ modelId: model, body: Buffer.from(body), modelAt: [from, from + '"auto"'.length], streams },
        headers: {
          'anthropic-version': '2023-06-01',
          'anthropic-beta': 'b',
          cookie: 'no',
          'x-api-key': 'no',
        },
      },
      {
        accepted: (headers) => Object.assign(heard.headers, headers),
        piece(piece) {
          heard.pieces.push(piece);
          return onPiece(call, piece);
        },
        alive: () => undefined,
        finished: (finish) => done({ finish, error: null }),
        failed: (error) => done({ finish: null, error }),
      },
    );
  });
}

const modelOf = (server: DemoServer) => server.models[0]!.id;

describe.each(wires)('a call passed through to %s', (wire) => {
  it.each([true, false])('is the server’s own bytes, read on the way (streams: %s)', async (streams) => {
    const server = await serverFor(wire);
    const heard = await forward(wire, server.baseUrl, { model: modelOf(server), streams });
    expect(heard.error).toBeNull();
    expect(heard.finish?.finishReason).toBe('stop');
    expect(heard.finish?.usage.inputTokens).toBeGreaterThan(0);
    expect(heard.finish?.usage.outputTokens).toBeGreaterThan(0);
    expect(heard.text).toMatch(/^Demo answer \(no real model\): /);
    if (streams) expect(heard.bytes).toMatch(wire === 'anthropic' ? /message_stop"\}\s*$/ : /\[DONE\]\s*$/);
    else expect(JSON.parse(heard.bytes)).toMatchObject({ model: modelOf(server) });
    expect(server.log().at(-1)).toMatchObject({ model: modelOf(server), status: 200 });
  });

  it('is the same when the network cuts it anywhere', async () => {
    const server = await serverFor(wire, [{ kind: 'slice', bytes: 3 }]);
    const model = modelOf(server);
    const [cut, whole] = [
      await forward(wire, server.baseUrl, { model }),
      await forward(wire, server.baseUrl, { model }),
    ];
    expect(cut.error).toBeNull();
    expect(cut.text).toBe(whole.text);
  });

  it.each<[string, FaultInput, Partial<ProviderError>]>([
    ['a status', { kind: 'status', status: 400 }, { kind: 'badRequest', status: 400 }],
    [
      'a limit',
      { kind: 'status', status: 429, retryAfter: { seconds: 7 } },
      { kind: 'rateLimit', retryAfterMs: 7_000 },
    ],
    ['an echoed key', { kind: 'echo-key' }, { kind: 'auth' }],
    ['a web page', { kind: 'html', status: 200 }, { kind: 'server' }],
    ['a redirect', { kind: 'redirect' }, { kind: 'server', status: 307 }],
    ['a closed connection', { kind: 'refuse' }, { kind: 'network' }],
    ['an empty body', { kind: 'empty' }, { kind: 'empty' }],
    ['an error event', { kind: 'error-event', opened: true }, { kind: 'overloaded' }],
    ['a cut socket', { kind: 'die', afterChunks: 2 }, { kind: 'network' }],
    ['an early end', { kind: 'truncate', afterChunks: 2 }, { kind: 'truncated' }],
    ['no JSON', { kind: 'malformed', afterChunks: 1 }, { kind: 'server' }],
  ])('fails by %s', async (_, fault, expected) => {
    const server = await serverFor(wire, [fault]);
    const { error, bytes } = await forward(wire, server.baseUrl, { model: modelOf(server) });
    expect(error).toMatchObject(expected);
    expect(`${error?.message}${error?.body}${JSON.stringify(error?.headers)}`).not.toContain(key);
    expect(bytes).not.toMatch(/error|\[DONE\]|message_stop/);
  });

  it('hears of a tool call', async () => {
    const server = await serverFor(wire, [{ kind: 'tool-call', afterChunks: 0 }]);
    const { pieces, finish } = await forward(wire, server.baseUrl, { model: modelOf(server) });
    expect(pieces.some(({ hasToolCall, hasContent }) => hasToolCall && hasContent)).toBe(true);
    expect(finish?.finishReason).toBe('toolCalls');
  });

  it('is held back for a slow client, and loses nothing', async () => {
    const server = await serverFor(wire);
    let waiting = 0;
    const { text, error } = await forward(wire, server.baseUrl, {
      model: modelOf(server),
      onPiece(call) {
        waiting += 1;
        setTimeout(() => {
          waiting -= 1;
          call.resume();
        }, 1);
        return false;
      },
    });
    expect([error, waiting]).toEqual([null, expect.any(Number)]);
    expect(text).toBe((await forward(wire, server.baseUrl, { model: modelOf(server) })).text);
  });

  it('that is aborted is gone at the server at once, and is no failure', async () => {
    const server = await serverFor(wire, [{ kind: 'endless' }]);
    const gone = Promise.withResolvers<null>();
    const heard = forward(wire, server.baseUrl, {
      model: modelOf(server),
      onPiece(call) {
        call.abort();
        gone.resolve(null);
        return true;
      },
    });
    await gone.promise;
    await expect.poll(() => server.log().at(-1)?.end).toBe('aborted');
    expect(await Promise.race([heard, Promise.resolve('silence')])).toBe('silence');
  });

  it('takes the key along and nothing of the client’s but the format’s own headers', async () => {
    const seen: Record<string, unknown>[] = [];
    const baseUrl = await rawServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"content":[],"choices":[]}');
    });
    await forward(wire, baseUrl, { streams: false });
    const [headers = {}] = seen;
    expect(wire === 'anthropic' ? headers['x-api-key'] : headers['authorization']).toContain(key);
    expect([headers['cookie'], headers['anthropic-beta'], headers['user-agent']]).toEqual([
      undefined,
      'b',
      'task-router',
    ]);
  });
});

describe('a stream in OpenAI’s format', () => {
  const usage = '"usage":{"prompt_tokens":3,"completion_tokens":4}';
  const chunks = [
    'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n',
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    `data: {"choices":[],${usage}}\n\n`,
    'data: [DONE]\n\n',
  ];
  const answering = async (bodies: string[]): Promise<string> =>
    rawServer((request, response) => {
      request.on('data', (piece: Buffer) => bodies.push(piece.toString()));
      request.on('end', () =>
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(chunks.join('')),
      );
    });

  it('is asked for its counts, which a client that did not ask does not see', async () => {
    const bodies: string[] = [];
    const { bytes, finish } = await forward('openai-compatible', await answering(bodies));
    expect(bodies.join('')).toContain('"stream_options":{"include_usage":true}');
    expect(bytes).toBe(chunks.filter((chunk) => !chunk.includes('usage')).join(''));
    expect(finish?.usage).toMatchObject({ inputTokens: 3, outputTokens: 4 });
  });

  it('keeps the counts that a client asks for', async () => {
    const bodies: string[] = [];
    const more = { stream_options: { include_usage: true } };
    const { bytes } = await forward('openai-compatible', await answering(bodies), { more });
    expect(bytes).toBe(chunks.join(''));
  });
});

describe('a kept connection', () => {
  it('that the server closed meanwhile costs nothing', async () => {
    let asked = 0;
    const baseUrl = await rawServer((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.resetAndDestroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}');
    });
    const endpoint = {
      nodeId: 'n',
      provider: 'openai-compatible',
      baseUrl,
      apiKey: null,
      models: [],
    } as const;
    const { forward: forwarding } = createProvider(endpoint);
    const once = (): Promise<string> =>
      new Promise((resolve) => {
        forwarding!.send(
          { modelId: 'm', body: Buffer.from('{"model":""}'), modelAt: [9, 11], headers: {}, streams: false },
          {
            ...{ accepted: () => undefined, alive: () => undefined, piece: () => true },
            finished: () => resolve('finished'),
            failed: ({ kind }) => resolve(kind),
          },
        );
      });
    expect([await once(), await once(), asked]).toEqual(['finished', 'finished', 3]);
  });
});
