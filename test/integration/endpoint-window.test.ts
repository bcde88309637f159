/**
 * What a window brings to the endpoint and takes away with it: the setting at each connection, keys for as long as it
 * is open.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { daemonRequests } from '@task-router/protocol';
import { EndpointWish } from '../../extension/src/settings/endpoint-wish.ts';
import type { Window } from '../support/daemon-home.ts';
import { nodeOf } from '../support/daemon-home.ts';
import { EndpointHome } from '../support/endpoint-home.ts';

let home: EndpointHome;
beforeEach(() => {
  home = new EndpointHome();
});
afterEach(() => home.dispose());

/** The extension's own part, with the user's settings in front of a real daemon. */
function wishOf({ client }: Window, enabled: boolean | undefined): EndpointWish {
  return new EndpointWish({
    read: () => ({ enabled, port: home.port }),
    isTrusted: () => true,
    configure: (settings) => client.request(daemonRequests.configureEndpoint, settings),
    tell: ({ message }) => {
      throw new Error(message);
    },
  });
}

it('a daemon that starts anew has the endpoint on as soon as a window with the setting is there', async () => {
  const config = { nodes: [nodeOf(await home.server(), 'local')] };
  await home.open(config, {});
  await wishOf(await home.connect(), true).connected();
  const { key } = await home.key();
  expect((await home.chat(key)).status).toBe(200);
  await home.stop();
  await home.start({ ...config, endpoint: {} });
  await expect(home.chat(key)).rejects.toThrow();
  await wishOf(await home.connect(), true).connected();
  expect((await home.chat(key)).status).toBe(200);
  // A window without the setting has no say, one whose user has switched it off has.
  await wishOf(await home.connect(), undefined).connected();
  expect((await home.chat(key)).status).toBe(200);
  await wishOf(await home.connect(), false).connected();
  await expect(home.chat(key)).rejects.toThrow();
});

it('calls to an account whose key left with the last window say so, with the next step', async () => {
  const server = await home.server('demo-strong');
  await home.open({ nodes: [nodeOf(server, 'lab', { apiKeyEnv: 'LAB_KEY_THAT_IS_NOT_SET' })] });
  const model = server.models[0]!.id;
  const bringKey = async () => {
    const window = await home.connect();
    const key = { nodeId: 'lab', key: 'sk-lab-0123456789', source: 'secretStorage', check: true } as const;
    await window.client.request(daemonRequests.setKey, key);
    return window;
  };
  const toolWindow = await home.connect();
  const { key } = await home.key({}, toolWindow);
  const ask = async (name: string) => {
    const response = await home.messages(key, { model: name });
    return { status: response.status, text: await response.text() };
  };
  const next = /Keys that VS Code keeps are here only while one of its windows is open: open one/;
  // Nobody has brought it yet, so nobody knows the models.
  const before = await ask(`lab/${model}`);
  expect([before.status, before.text]).toEqual([404, expect.stringMatching(next)]);
  const window = await bringKey();
  expect((await ask('auto')).status).toBe(200);
  await window.client.close();
  await toolWindow.client.close();
  await expect.poll(async () => (await ask('auto')).status).not.toBe(200);
  for (const name of ['auto', `lab/${model}`]) {
    const { status, text } = await ask(name);
    expect([status, text]).toEqual([400, expect.stringMatching(next)]);
  }
  await bringKey();
  expect((await ask('auto')).status).toBe(200);
});
