/**
 * Every fault that a server says of itself, in every wire format, seen from outside through a real socket: what a client
 * gets, byte by byte, and what the server's log says it did. What breaks an answer on its way: broken-answers.test.ts.
 */
import { describe, expect, it, vi } from 'vitest';
import type { FaultInput } from './faults.ts';
import { faultSchema, faultStatuses } from './faults.ts';
import { demoServerIds } from './profiles.ts';
import {
  call,
  chunkCount,
  endMarkers,
  errorMessage,
  finished,
  fullText,
  key,
  lastLog,
  serverWith,
  textOf,
  words,
} from '../../../test/support/demo-calls.ts';

describe.each(demoServerIds)('said by the server: %s', (id) => {
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
