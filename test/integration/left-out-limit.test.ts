/**
 * A request in Anthropic's format that leaves out `max_tokens`, as VS Code's chat sends it, through the whole daemon. The
 * server, which demands the field, gets the route's own limit, and everything else as it came.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EndpointHome } from '../support/endpoint-home.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';
import type { ScriptedProvider } from '../support/scripted-provider.ts';

let home: EndpointHome;
let server: ScriptedProvider;
beforeEach(async () => {
  home = new EndpointHome();
  server = await startScriptedProvider('anthropic-messages');
  server.reply = () => ({ text: 'Done.', usage: { input: 10, cached: 0, output: 5 } });
});
afterEach(async () => {
  await home.dispose();
  await server.stop();
});

it('goes with the limit of the route: passed on in place, or the common one where none is known', async () => {
  const { baseUrl } = server;
  await home.open({
    nodes: [
      { id: 'known', provider: 'anthropic', baseUrl, models: [{ id: 'm-known', maxOutputTokens: 9_000 }] },
      { id: 'new', provider: 'anthropic', baseUrl, models: [{ id: 'm-new' }] },
    ],
  });
  const { key } = await home.key();
  const messages = [{ role: 'user', content: 'Say it.' }];
  const ask = async (model: string, more: object = {}): Promise<number> => {
    const response = await home.ask('/v1/messages', key, { model, messages, ...more });
    // The server's own name of its answer: nothing was written anew.
    if (response.ok) expect(await response.text()).toContain('msg_up');
    return response.status;
  };
  const sent = (): unknown => server.requests.at(-1)?.body['max_tokens'];

  expect(await ask('known/m-known')).toBe(200);
  expect(sent()).toBe(9_000);
  expect(await ask('known/m-known', { metadata: { user_id: 'me' } })).toBe(200);
  expect(server.requests.at(-1)?.body).toMatchObject({ max_tokens: 9_000, metadata: { user_id: 'me' } });
  expect(await ask('new/m-new')).toBe(200);
  expect(sent()).toBe(4_096);
  expect(await ask('new/m-new', { max_tokens: 7 })).toBe(200);
  expect(sent()).toBe(7);
  // In the other format, which is translated, it may always be left out.
  expect((await home.chat(key, { model: 'new/m-new' })).status).toBe(200);
  expect(sent()).toBe(4_096);
  const before = server.requests.length;
  expect(await ask('new/m-new', { max_tokens: 'many' })).toBe(400);
  expect(server.requests).toHaveLength(before);
});
