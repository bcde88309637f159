import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answered, failure, head, openStage } from '../../../test/support/endpoint-stage.ts';
import { formats } from './formats/index.ts';

const call = { model: 'auto' };

describe('an answer', () => {
  it('in one piece, with its length and the names of its route and decision', async () => {
    const stage = await openStage();
    const response = await stage.post(stage.key(), call);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('begin|hello|end');
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '15',
      'x-task-router-route': 'local/small',
      'x-task-router-decision': 'decision-1',
      'x-task-router-task': 'task-1',
      'x-task-router-attempts': '1',
    });
    expect(Object.keys(headers).join()).not.toMatch(/access-control|server|powered/);
  });

  it('that streams arrives as it comes, passed bytes and parts in one', async () => {
    const stage = await openStage();
    const gate = Promise.withResolvers<undefined>();
    stage.script = async (_call, sink) => {
      sink.begin(head);
      sink.pass(Buffer.from('passed '), []);
      await gate.promise;
      sink.part({ type: 'text', text: 'part' });
      return answered();
    };
    const response = await stage.post(stage.key(), { ...call, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('passed ');
    gate.resolve(undefined);
    let rest = '';
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      rest += next.value;
    // The passed bytes had their own beginning.
    expect(rest).toBe('part|end');
  });

  it('that fails before it begins has a status, and the provider’s own words where there are any', async () => {
    const stage = await openStage();
    const key = stage.key();
    const failed = failure({ retryAfterMs: 1_500 });
    stage.script = () => Promise.resolve(failed);
    const refused = await stage.post(key, call);
    expect(refused.status).toBe(502);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await refused.json()).toMatchObject({ form: 'openai-chat', code: 'route.allFailed' });
    const upstream = { status: 400, body: '{"error":"theirs"}' };
    stage.script = () => Promise.resolve(failure({ kind: 'badRequest', upstream }));
    const passed = await stage.post(key, { ...call, stream: true });
    expect([passed.status, await passed.text()]).toEqual([400, '{"error":"theirs"}']);
  });

  it('that fails in the middle of a stream says so in the stream', async () => {
    const stage = await openStage();
    stage.script = (_call, sink) => {
      sink.begin(head);
      sink.part({ type: 'text', text: 'half' });
      return Promise.resolve(failure({ kind: 'stall', code: 'route.incomplete', head, begun: true }));
    };
    const response = await stage.post(stage.key(), { ...call, stream: true });
    expect([response.status, await response.text()]).toEqual([200, 'begin|half|fail route.incomplete']);
  });

  it('gets pings while nothing else comes', async () => {
    const stage = await openStage({ times: { pingMs: 20 } });
    const pinged = Promise.withResolvers<undefined>();
    stage.script = async (_call, sink) => {
      sink.begin(head);
      sink.part({ type: 'text', text: 'slow' });
      await pinged.promise;
      return answered();
    };
    const response = await stage.post(stage.key(), { ...call, stream: true });
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString();
      if (text.includes(':ping|:ping|')) pinged.resolve(undefined);
    }
    expect(text).toMatch(/^begin\|slow(:ping\|){2,}\|end$/);
  });

  it('slows down for a slow reader, and is cut off when nothing is read', async () => {
    const stage = await openStage({ times: { stuckMs: 100 } });
    const ended = Promise.withResolvers<{ slow: number; aborted: boolean }>();
    stage.script = async (_call, sink, signal) => {
      sink.begin(head);
      let slow = 0;
      while (!signal.aborted && slow < 10_000) {
        if (sink.part({ type: 'text', text: 'x'.repeat(65_536) })) continue;
        slow += 1;
        await sink.drained();
      }
      ended.resolve({ slow, aborted: signal.aborted });
      return { type: 'cancelled' };
    };
    const socket = connect({ host: '127.0.0.1', port: stage.port });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    const body = JSON.stringify({ ...call, stream: true });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\nAuthorization: Bearer ${stage.key()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    socket.pause();
    const { slow, aborted } = await ended.promise;
    expect(slow).toBeGreaterThan(0);
    expect(aborted).toBe(true);
  });

  it('is cancelled within 100 ms when the client hangs up', async () => {
    const stage = await openStage();
    const began = Promise.withResolvers<undefined>();
    const aborted = Promise.withResolvers<number>();
    stage.script = async (_call, _sink, signal) => {
      began.resolve(undefined);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      aborted.resolve(performance.now());
      return { type: 'cancelled' };
    };
    const client = new AbortController();
    const response = stage.post(stage.key(), { ...call, stream: true }, client.signal).catch(() => null);
    await began.promise;
    const leftAt = performance.now();
    client.abort();
    expect((await aborted.promise) - leftAt).toBeLessThan(100);
    await response;
    await vi.waitUntil(() => stage.endpoint.running === 0);
  });
});

describe('an address that is not served', () => {
  it.each([
    ['/v1/responses', 'set the tool to Chat Completions'],
    ['/v1/responses/resp_1?stream=true', 'set the tool to Chat Completions'],
    ['/v1/embeddings', 'Embeddings are not made here'],
    ['/v1/completions', 'set the tool to Chat Completions'],
    ['/chat/completions', 'must end with /v1'],
    ['/models', 'must end with /v1'],
    ['/v1/v1/messages', 'one /v1 too many'],
    ['/api/tags', 'There is nothing at this address. Use /v1/chat/completions'],
    ['/v1/__proto__', 'There is nothing at this address. Use /v1/chat/completions'],
  ])('%s: says what to set instead', async (path, words) => {
    const stage = await openStage({ formats });
    const response = await fetch(`http://127.0.0.1:${stage.port}${path}`, {
      ...{ method: 'POST', body: '{}', headers: { authorization: `Bearer ${stage.key()}` } },
    });
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([404, 'false']);
    expect(await response.json()).toMatchObject({
      error: { code: 'endpoint.notFound', message: expect.stringContaining(words) as string },
    });
  });
});

describe('lists and counts', () => {
  it('have the form of the vendor whose version header the client sends', async () => {
    const stage = await openStage();
    const url = `http://127.0.0.1:${stage.port}`;
    const authorization = `Bearer ${stage.key()}`;
    const openai = await fetch(`${url}/v1/models`, { headers: { authorization } });
    expect(await openai.json()).toEqual({ form: 'openai-chat', models: ['auto'] });
    const version = { 'anthropic-version': '2023-06-01' };
    const anthropic = await fetch(`${url}/v1/models?limit=20`, { headers: { authorization, ...version } });
    expect(await anthropic.json()).toMatchObject({ form: 'anthropic-messages' });
    const count = await fetch(`${url}/v1/messages/count_tokens?beta=true`, {
      ...{ method: 'POST', body: '{}', headers: { authorization } },
    });
    expect(await count.json()).toEqual({ tokens: 42 });
    expect(
      await (await fetch(`${url}/v1/messages/none`, { headers: { authorization } })).json(),
    ).toMatchObject({
      ...{ form: 'anthropic-messages', status: 404, code: 'endpoint.notFound' },
    });
  });
});
