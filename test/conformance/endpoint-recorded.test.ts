/**
 * What real tools send, as it was recorded from them, or as their public source builds it where they could not be run: every
 * request is read without a loss, and answered by a server of its own format and of any other, over HTTP through a whole daemon.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { placeOf } from '../../daemon/src/dispatch/outside/turns.ts';
import { formats } from '../../daemon/src/endpoint/formats/index.ts';
import { nodeOf } from '../support/daemon-home.ts';
import { EndpointHome } from '../support/endpoint-home.ts';

const recordedSchema = z.array(
  z.strictObject({
    what: z.string(),
    /** Where it is built; absent: recorded. */
    source: z.string().optional(),
    path: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.looseObject({ model: z.string() }),
  }),
);
type Recorded = z.infer<typeof recordedSchema>[number];

const recorded = ['tool-requests', 'tool-requests-by-source'].flatMap((name) => {
  const file = new URL(`fixtures/${name}.json`, import.meta.url);
  return recordedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
});
const cases = recorded.map((request) => [request.what, request] as const);
const tool = { keyId: 'k', name: 'tool', policy: null, dailyBudgetUsd: null };

function read({ path, headers, body }: Recorded) {
  const format = path.startsWith('/v1/messages') ? formats.anthropic : formats.openai;
  const result = format.readCall(Buffer.from(JSON.stringify(body)), headers, tool);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

function of(what: string): Recorded {
  const found = recorded.find((request) => request.what.includes(what));
  if (found === undefined) throw new Error(`nothing was recorded of ${what}`);
  return found;
}

function endOf({ path, body }: Recorded): string {
  if (body['stream'] !== true) return '"finish_reason":"stop"';
  return path.startsWith('/v1/messages') ? 'message_stop' : '[DONE]';
}

describe('is read', () => {
  it.each(cases)('%s: with nothing that only its own format could carry', (_, request) => {
    expect(read(request).untranslatable).toEqual([]);
  });

  it.each(cases.filter(([what]) => what.includes('result')))('%s: as a part of its turn', (_, request) => {
    const call = read(request);
    const place = placeOf(call);
    expect(place).toMatchObject({ isToolTurn: true });
    expect(place.prompt).toMatch(/READ|TWO/);
    const at = call.call.prompt.findLastIndex(({ role }) => role === 'user');
    const question = { ...call, call: { ...call.call, prompt: call.call.prompt.slice(0, at + 1) } };
    expect(placeOf(question)).toEqual({ ...place, isToolTurn: false });
  });

  it('without what a tool says in its user’s name, and without its line for Anthropic’s accounts', () => {
    const call = read(of('Claude Code 2.1.330'));
    expect(placeOf(call).prompt).toBe('Say hello. What is a mutex?');
    expect(JSON.stringify(call.call.prompt)).toContain('system-reminder');
    expect(JSON.stringify(call.call.prompt)).not.toContain('x-anthropic-billing-header');
    expect(call.raw.body.toString()).toContain('x-anthropic-billing-header');
  });

  it('without what VS Code’s chat says around a question, and by whatever its conversation begins with', () => {
    const place = placeOf(read(of('VS Code chat, its first question')));
    expect(place.prompt).toBe('Say hello. What is a mutex?');
    const result = placeOf(read(of('VS Code chat, a result')));
    expect(result.prompt).toBe('Please READ hello.txt');
    // Both begin with the same instructions and the same folder.
    expect(result.conversationId).not.toBe(place.conversationId);
  });

  it('with those of its deferred tools that a search has found', () => {
    const { call } = read(of('a tool was searched for'));
    const names = call.tools?.map(({ name }) => name);
    expect(names).toContain('WebFetch');
    expect(names).not.toContain('DeferredToolPlaceholder');
    expect(JSON.stringify(call.prompt.at(-1))).toContain('The tool WebFetch can be called now.');
  });
});

describe('is answered', () => {
  const home = new EndpointHome();
  const keys = new Map<string, string>();
  const servers = ['demo-fast', 'demo-strong', 'demo-flaky'] as const;
  const capabilities = { tools: true, vision: true, reasoning: true, structuredOutput: true };
  const sizes = { contextWindow: 200_000, maxOutputTokens: 64_000, capabilities };
  const models = {
    'demo-fast': 'demo-mini',
    'demo-strong': 'demo-large',
    'demo-flaky': 'demo-wobbly:latest',
  };

  beforeAll(async () => {
    const nodes = [];
    for (const id of servers) {
      const server = await home.server(id, { faults: [] });
      nodes.push(nodeOf(server, id, { models: [{ id: models[id], ...sizes }] }));
    }
    await home.open({ nodes });
    for (const id of servers)
      keys.set(id, (await home.key({ name: id, policy: { allow: [`${id}/*`] } })).key);
  });
  afterAll(() => home.dispose());

  const send = ({ path, headers, body }: Recorded, server: string): Promise<Response> =>
    fetch(`${home.address}${path}`, {
      method: 'POST',
      headers: {
        ...headers,
        authorization: `Bearer ${keys.get(server)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });

  describe.each(servers)('by %s', (server) => {
    it.each(cases.filter(([, { body }]) => body.model.startsWith('auto')))('%s', async (_, request) => {
      const response = await send(request, server);
      const text = await response.text();
      expect([response.status, text]).toEqual([200, expect.stringContaining('Demo')]);
      expect(text).toContain(endOf(request));
    });
  });

  it('each time under another id: tools join what has the same', async () => {
    const ids = new Set<unknown>();
    for (let n = 0; n < 2; n += 1) {
      const text = await (await send(of('thinking and a result'), 'demo-fast')).text();
      ids.add(/"id":"(msg_[^"]+)"/.exec(text)?.[1]);
    }
    expect(ids.size).toBe(2);
  });

  it('with what it may ask for, where it names a model that nobody has', async () => {
    const response = await send(of('a Claude model'), 'demo-fast');
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('Nearest: ')]);
  });

  it('that it needs a key, without being taken for a guess, where it only knocks', async () => {
    for (let n = 0; n < 15; n += 1) {
      const response = await fetch(`${home.address}/api/hello`, { method: 'HEAD' });
      expect(response.status).toBe(401);
    }
    const startedMs = performance.now();
    const wrong = await send(of('a title'), 'nobody');
    expect([wrong.status, performance.now() - startedMs < 900]).toEqual([401, true]);
  });
});
