/**
 * Keys of the endpoint and its switch, through the whole daemon: what a key may do, who may make one, who turns it on
 * and how long it stays.
 */
import { readFileSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { daemonRequests, snapshotRequest } from '@task-router/protocol';
import { DaemonClient, connectToDaemon } from '@task-router/protocol/node';
import { startDaemon } from '../../daemon/src/compose.ts';
import { answersOf, nodeOf, pricedModels } from '../support/daemon-home.ts';
import { EndpointHome } from '../support/endpoint-home.ts';
import { freePort } from '../support/endpoint-stage.ts';
import { hello } from '../support/hello.ts';

let home: EndpointHome;
beforeEach(() => {
  home = new EndpointHome();
});
afterEach(() => home.dispose());

describe('a key', () => {
  it('22: is in no file of the daemon', async () => {
    const { key } = await home.openWithServer();
    await home.chat(key);
    await home.chat(`${key.slice(0, -1)}!`);
    const window = await home.connect();
    await window.client.request(daemonRequests.health, { probe: true });
    const everything = readdirSync(home.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));
    expect(everything.join('').length).toBeGreaterThan(1_000);
    expect(everything.filter((text) => text.includes(key.slice(4, 36)))).toEqual([]);
    expect(JSON.stringify(await window.client.request(snapshotRequest, {}))).not.toContain(key.slice(4, 36));
  });

  it('outlives the daemon, and revoked it is refused at once', async () => {
    const { server, key, id } = await home.openWithServer();
    await home.stop();
    await home.start({ endpoint: { enabled: true, port: home.port }, nodes: [nodeOf(server, 'local')] });
    expect((await home.chat(key)).status).toBe(200);
    const { client } = await home.connect();
    await client.request(daemonRequests.revokeEndpointKey, { id });
    expect((await home.chat(key)).status).toBe(401);
    await home.stop();
    await home.start({ endpoint: { enabled: true, port: home.port }, nodes: [nodeOf(server, 'local')] });
    expect((await home.chat(key)).status).toBe(401);
  });

  it('may use what it was made for, and no more than the developer’s own policy', async () => {
    const [one, two] = [await home.server('demo-fast'), await home.server('demo-strong')];
    await home.open({ nodes: [nodeOf(one, 'one'), nodeOf(two, 'two')], policy: { deny: ['one/*'] } });
    const narrow = await home.key({ policy: { allow: ['one/*'] } });
    const none = await home.chat(narrow.key);
    expect(none.status).toBeGreaterThanOrEqual(400);
    expect(await none.text()).toContain('route.none');
    const only = await home.key({ policy: { allow: ['two/*'] } });
    expect((await home.chat(only.key)).headers.get('x-task-router-route')).toMatch(/^two\//);
    expect(answersOf(one)).toEqual([]);
  });

  it('spends no more than its daily budget, and shows what it spent', async () => {
    const server = await home.server();
    const prices = { inputPerMTok: 1_000, outputPerMTok: 1_000 };
    await home.open({ nodes: [nodeOf(server, 'paid', pricedModels(server, prices))] });
    const tight = await home.key({ name: 'tight', dailyBudgetUsd: 0.01 });
    const refused = await home.chat(tight.key, { max_tokens: 200 });
    const { error } = (await refused.json()) as { error: { code: string; message: string } };
    expect([refused.status, error.code]).toEqual([402, 'budget.exceeded']);
    // opencode waits for hours, and says nothing, before an answer that names a time to try again.
    expect(error.message).not.toMatch(/try again/i);
    expect([refused.headers.get('retry-after'), refused.headers.get('x-should-retry')]).toEqual([
      null,
      'false',
    ]);
    const free = await home.key({ name: 'free' });
    expect((await home.chat(free.key, { max_tokens: 200 })).status).toBe(200);
    const { keys } = await home.view();
    const spent = Object.fromEntries(keys.map(({ name, spentTodayUsd }) => [name, spentTodayUsd]));
    expect(spent['tight']).toBe(0);
    expect(spent['free']).toBeGreaterThan(0);
  });

  it('is charged once for each call of a turn that calls tools', async () => {
    const server = await home.server();
    const prices = { inputPerMTok: 1_000, outputPerMTok: 1_000 };
    const models = [{ id: 'demo-mini', prices, capabilities: { tools: true } }];
    await home.open({ nodes: [nodeOf(server, 'paid', { models })] });
    const { key } = await home.key();
    server.setFaults([{ kind: 'tool-call' }]);
    const parameters = { type: 'object', properties: {} };
    const tools = [{ type: 'function', function: { name: 'read', parameters } }];
    const question = { role: 'user', content: 'Explain what a mutex is.' };
    const first = await home.chat(key, { tools, stream: true });
    const decisionId = first.headers.get('x-task-router-decision') ?? '';
    await first.text();
    const call = { id: 'call_1', type: 'function', function: { name: 'read', arguments: '{}' } };
    const messages = [
      question,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'It is a lock.' },
    ];
    const second = await home.chat(key, { tools, messages, stream: true });
    expect(second.headers.get('x-task-router-decision')).toBe(decisionId);
    await second.text();
    const { client } = await home.connect();
    const { outcome } = await client.request(daemonRequests.explain, { decisionId });
    const [view] = (await home.view()).keys;
    expect(outcome?.attempts).toBe(2);
    expect(view?.spentTodayUsd).toBeGreaterThan(0);
    expect(view?.spentTodayUsd).toBeCloseTo(outcome?.costUsd ?? -1, 9);
  });

  it('is made by windows and commands that are trusted, and the switch is an editor’s', async () => {
    await home.open();
    const untrusted = await DaemonClient.open(await connectToDaemon({ paths: home.paths }), {
      hello: hello({ trusted: false }),
    });
    const cli = await DaemonClient.open(await connectToDaemon({ paths: home.paths }), {
      hello: hello({ client: 'cli' }),
    });
    const wish = { name: 'x' };
    await expect(untrusted.request(daemonRequests.createEndpointKey, wish)).rejects.toMatchObject({
      code: 'task.untrusted',
    });
    await expect(
      untrusted.request(daemonRequests.configureEndpoint, { enabled: true }),
    ).rejects.toMatchObject({
      code: 'task.untrusted',
    });
    await expect(cli.request(daemonRequests.configureEndpoint, { enabled: true })).rejects.toMatchObject({
      code: 'request.invalid',
    });
    expect(await cli.request(daemonRequests.createEndpointKey, wish)).toMatchObject({ view: { name: 'x' } });
    await expect(cli.request(daemonRequests.createEndpointKey, { name: 'two\nlines' })).rejects.toMatchObject(
      { code: 'request.invalid' },
    );
    await Promise.all([untrusted.close(), cli.close()]);
  });
});

describe('the switch', () => {
  it('is off by default; an editor’s word turns it on, stays when the editor leaves, and turns it off', async () => {
    const server = await home.server();
    await home.open({ nodes: [nodeOf(server, 'local')] }, {});
    expect(await home.view()).toMatchObject({ enabled: false, address: null, port: 14_114 });
    const window = await home.connect();
    const { key } = await home.key({}, window);
    await expect(home.chat(key)).rejects.toThrow();
    const on = await window.client.request(daemonRequests.configureEndpoint, {
      enabled: true,
      port: home.port,
    });
    expect(on).toMatchObject({ enabledBy: ['editor'], address: home.address, problem: null });
    await window.client.close();
    expect((await home.chat(key)).status).toBe(200);
    const other = await home.connect();
    await other.client.request(daemonRequests.configureEndpoint, { enabled: false });
    await expect(home.chat(key)).rejects.toThrow();
  });

  it('what config.jsonc turns on an editor can’t turn off; a change of the file moves it', async () => {
    const { server, key } = await home.openWithServer();
    const window = await home.connect();
    const view = await window.client.request(daemonRequests.configureEndpoint, { enabled: false });
    expect(view).toMatchObject({ enabled: true, enabledBy: ['config'] });
    home.writeConfig({ endpoint: { enabled: false }, nodes: [nodeOf(server, 'local')] });
    await window.client.request(daemonRequests.health, {});
    await vi.waitUntil(async () => (await home.view()).address === null);
    await expect(home.chat(key)).rejects.toThrow();
  });

  it('a port that another program has is told with the next step, and everything else works', async () => {
    const squatter = createNetServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    await home.open({}, { enabled: true, port });
    const window = await home.connect();
    const { endpoint } = await window.client.request(daemonRequests.health, {});
    expect(endpoint).toMatchObject({ enabled: true, address: null, problem: { code: 'endpoint.portTaken' } });
    expect(endpoint?.problem?.message).toContain(String(port));
    expect(readFileSync(home.paths.logFile, 'utf8')).toContain('can’t listen');
    await new Promise((resolve) => squatter.close(resolve));
  });
});

describe('the daemon', () => {
  it('stays for an endpoint of config.jsonc, and leaves when nobody has asked one of an editor for a while', async () => {
    const port = await freePort();
    home.writeConfig({ endpoint: { enabled: true, port } });
    const idleMinutes = 0.002;
    const staying = await startDaemon({ paths: home.paths, idleMinutes });
    const left = staying?.stopped.then(() => 'left');
    // One without an endpoint, started later, has left by itself meanwhile.
    const other = new EndpointHome();
    other.writeConfig({});
    await (
      await startDaemon({ paths: other.paths, idleMinutes })
    )?.stopped;
    expect(await Promise.race([left, Promise.resolve('stayed')])).toBe('stayed');
    await staying?.stop();
    await other.dispose();
    home.writeConfig({});
    const leaving = await startDaemon({ paths: home.paths, idleMinutes });
    const window = await home.connect();
    await window.client.request(daemonRequests.configureEndpoint, { enabled: true, port });
    await window.client.close();
    await leaving?.stopped;
    await expect(fetch(`http://127.0.0.1:${port}/v1/models`)).rejects.toThrow();
  });
});
