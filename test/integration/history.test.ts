/** History from outside: the real daemon, its real database, the real command line, scripted models. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonRequests } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import type { Paths } from '@task-router/protocol/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../daemon/src/cli/run-command.ts';
import { startDaemon } from '../../daemon/src/compose.ts';
import type { RunningDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { hello } from '../support/hello.ts';

const canary = 'zebra-canary-7731';
let home: string;
let paths: Paths;
let daemon: RunningDaemon | null = null;
let servers: DemoServer[] = [];
let client: DaemonClient;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'task-router-history-'));
  paths = resolvePaths({ TASK_ROUTER_HOME: home });
  servers = [
    await startDemoServer(demoProfiles['demo-fast'], { speed: 0 }),
    await startDemoServer(demoProfiles['demo-strong'], { speed: 0 }),
  ];
  writeFileSync(
    paths.configFile,
    JSON.stringify({
      discovery: { localServers: false, environmentKeys: false },
      history: { storePrompts: true },
      nodes: servers.map((server, index) => ({
        id: `n${index}`,
        provider: 'openai-compatible',
        baseUrl: server.baseUrl,
        models: [
          {
            id: server.models[0]?.id ?? 'm',
            prices: { inputPerMTok: 1 + 9 * index, outputPerMTok: 2 + 18 * index },
          },
        ],
      })),
    }),
  );
  await open();
});
afterEach(async () => {
  await client.close();
  await daemon?.stop();
  for (const server of servers) await server.stop();
  rmSync(home, { recursive: true, force: true });
});

async function open(): Promise<void> {
  daemon = await startDaemon({ paths, idleMinutes: 0 });
  client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: hello({ clientId: 'window-0001' }),
  });
}

async function route(prompt: string): Promise<string> {
  const { decisionId, outcome } = await client.request(daemonRequests.route, {
    type: 'run',
    task: { prompt },
    onDisconnect: 'continue',
  });
  expect(outcome.status).toBe('succeeded');
  return decisionId;
}

async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runCommand({
    argv,
    entry: '',
    env: {},
    folder: home,
    paths,
    signal: new AbortController().signal,
    output: {
      isTerminal: false,
      hasStyles: false,
      columns: Infinity,
      write: (text) => (out += text),
      line: (text = '') => (out += `${text}\n`),
      json: (value) => (out += `${JSON.stringify(value)}\n`),
      problem: (text) => (err += `${text}\n`),
    },
  });
  return { code, out, err };
}

describe('history from the command line', () => {
  it('tells totals, exports every task, and survives a restart', async () => {
    for (let index = 0; index < 3; index += 1) await route(`explain "quoted", ${canary} ${index}`);
    expect((await cli('history')).out).toMatch(
      /3 decisions stored.*kept for 90 days[\s\S]*3 tasks\s+100 % answered/,
    );

    await client.close();
    await daemon?.stop();
    await open();
    const jsonl = (await cli('history', '--export', 'jsonl')).out.trim().split('\n');
    const rows = jsonl.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      status: 'succeeded',
      kind: 'explain',
      prompt: `explain "quoted", ${canary} 0`,
    });
    const csv = (await cli('history', '--export', 'csv')).out.trim().split('\n');
    expect(csv).toHaveLength(4);
    expect(csv[0]).toMatch(/^decisionId,taskId,createdAtMs,kind,route,status/);
    expect(csv[1]).toContain(`"explain ""quoted"", ${canary} 0"`);
    expect(
      (await cli('history', '--export', 'csv', '--since', '2100-01-01')).out.trim().split('\n'),
    ).toHaveLength(1);
  });

  it('clears it only when told to, wholly, and goes on', async () => {
    for (let index = 0; index < 3; index += 1) await route(`explain ${canary} ${index}`);
    const refused = await cli('history', '--clear');
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--yes') as string });
    expect(await cli('history', '--clear', '--yes')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/3 tasks/) as string,
    });
    const { decisions } = await client.request(daemonRequests.decisions, {});
    expect(decisions).toEqual([]);
    const health = await client.request(daemonRequests.health, {});
    expect(health.nodes.flatMap(({ routes }) => routes).every(({ calls }) => calls === 0)).toBe(true);
    await route('explain this too');
    await client.close();
    await daemon?.stop();
    // Not a trace of it is left on the disk.
    const folder = join(paths.databaseFile, '..');
    const files = readdirSync(folder).filter((name) => name.includes('.db') || name.includes('history'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(readFileSync(join(folder, file)).includes(canary), file).toBe(false);
    await open();
  });

  it('takes no nonsense', async () => {
    for (const argv of [
      ['history', '--since', 'yesterday'],
      ['history', '--export', 'xml'],
      ['history', '--clear', '--since', '3d'],
      ['replay'],
    ])
      expect((await cli(...argv)).err, argv.join(' ')).toMatch(/usage\.invalid/);
    writeFileSync(join(home, 'bad.jsonc'), '{ "objective": "fastest" }');
    expect((await cli('replay', '--policy', 'bad.jsonc')).err).toMatch(/config\.invalidValue.*objective/);
    expect((await cli('replay', '--policy', 'none.jsonc')).err).toMatch(/config\.unreadable/);
  });
});

describe('replay', () => {
  it('decides the stored tasks again without a call, and says honestly when that tells nothing', async () => {
    for (let index = 0; index < 4; index += 1) await route(`explain ${index}`);
    const stored = (await client.request(daemonRequests.decisions, {})).decisions;
    const before = stored[0]!.route!;
    writeFileSync(join(home, 'new.jsonc'), `{ "deny": ["${before}"], /* as in config.jsonc */ }`);
    const calls = () => servers.map((server) => server.log().length);
    const callsBefore = calls();
    const { out, code } = await cli('replay', '--policy', 'new.jsonc', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      decisions: 4,
      moves: [{ from: before, to: expect.not.stringContaining(before) as string }],
      success: { before: { value: 1 }, after: null },
      notEnoughData: expect.stringMatching(/4 ended tasks/) as string,
    });
    expect(calls()).toEqual(callsBefore);
    const same = await cli('replay', '--policy', 'new.jsonc');
    expect(same.out).toMatch(/[1-4] would move[^]*Not enough data/);
  });
});

describe('caches', () => {
  it('are told in health, and a price that changes makes candidates anew', async () => {
    // The first answer changes the route's health, and with it the epoch.
    for (let index = 0; index < 3; index += 1) await route('explain one');
    const { cache } = await client.request(daemonRequests.health, {});
    expect(cache).toMatchObject({ hits: expect.any(Number) as number, features: { hits: 2, misses: 1 } });
    expect(cache.hits).toBeGreaterThanOrEqual(1);
    expect(cache.bytes).toBeGreaterThan(100);
    const text = readFileSync(paths.configFile, 'utf8').replace('"inputPerMTok":1,', '"inputPerMTok":3,');
    writeFileSync(paths.configFile, text);
    await client.request(daemonRequests.health, { probe: true });
    await route('explain one');
    const after = (await client.request(daemonRequests.health, {})).cache;
    expect(after.epoch).toBeGreaterThan(cache.epoch);
    expect((await cli('health')).out).toMatch(/Route cache: .*hits.*stale.*\nTask cache: /);
  });
});
