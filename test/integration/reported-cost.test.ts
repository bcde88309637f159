/** A gateway that says what each call cost: real daemon, real HTTP. Its word goes before the price table's. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonRequests, protocolVersions } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDaemon, type RunningDaemon } from '../../daemon/src/compose.ts';

/** 1,000 tokens in and 100 out: $0.002 by the table below. */
const tokens = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };
const prices = { inputPerMTok: 1, outputPerMTok: 10 };
let home: string;
let gateway: Server;
let daemon: RunningDaemon;
let client: DaemonClient;
/** What the gateway adds to its usage. */
let told: object = {};

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'task-router-cost-'));
  const paths = resolvePaths({ TASK_ROUTER_HOME: home });
  gateway = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end(JSON.stringify({ data: [{ id: 'priced' }, { id: 'unpriced' }] }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
    const event = (data: object) => `data: ${JSON.stringify({ ...chunk, ...data })}\n\n`;
    const delta = { role: 'assistant', content: 'Done.' };
    response.write(event({ choices: [{ index: 0, delta, finish_reason: null }] }));
    response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
    response.end(`${event({ choices: [], usage: { ...tokens, ...told } })}data: [DONE]\n\n`);
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const baseUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/v1`;
  writeFileSync(
    paths.configFile,
    JSON.stringify({
      discovery: { localServers: false, environmentKeys: false },
      nodes: [
        {
          id: 'gateway',
          provider: 'openai-compatible',
          baseUrl,
          models: [{ id: 'priced', prices }, { id: 'unpriced' }],
        },
      ],
    }),
  );
  const started = await startDaemon({ paths, idleMinutes: 0 });
  if (started === null) throw new Error('another daemon serves this home');
  daemon = started;
  client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: {
      protocolVersions: [...protocolVersions],
      clientId: 'window-0001',
      client: 'editor',
      clientVersion: '1',
      trusted: true,
    },
  });
});
afterEach(async () => {
  await client.close();
  await daemon.stop();
  gateway.close();
  rmSync(home, { recursive: true, force: true });
});

async function costOn(model: string, usage: object): Promise<number | null> {
  told = usage;
  const { outcome } = await client.request(daemonRequests.route, {
    type: 'run',
    task: { prompt: 'say hello' },
    policy: [{ level: 'task', name: 'test', policy: { allow: [`gateway/${model}`] } }],
    onDisconnect: 'continue',
  });
  expect(outcome.status).toBe('succeeded');
  return outcome.costUsd;
}

it('is believed where it says a cost, and only there', async () => {
  expect(await costOn('priced', {})).toBeCloseTo(0.002, 9);
  expect(await costOn('priced', { cost: 0.0031 })).toBeCloseTo(0.0031, 9);
  expect(await costOn('priced', { cost: 0 })).toBeCloseTo(0.002, 9);
  expect(await costOn('unpriced', { cost: 0.0007 })).toBeCloseTo(0.0007, 9);
});
