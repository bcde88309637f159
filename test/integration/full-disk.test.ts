/** A disk that is full, from outside: tasks go on, with leases and money as ever, and what is wrong is said. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemonRequests, protocolVersions } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { openStore } from '../../daemon/src/store/open-store.ts';
import { CliHome } from '../support/cli.ts';
import { nodeOf, pricedModels } from '../support/daemon-home.ts';

const tasks = 30;
let cli: CliHome;
let server: DemoServer;

beforeEach(async () => {
  cli = new CliHome();
  server = await startDemoServer(demoProfiles['demo-fast'], { speed: 0 });
});
afterEach(async () => {
  await cli.dispose();
  await server.stop();
});

async function connect(): Promise<DaemonClient> {
  const paths = resolvePaths({ TASK_ROUTER_HOME: cli.home });
  return DaemonClient.open(await connectToDaemon({ paths }), {
    hello: {
      ...{ protocolVersions: [...protocolVersions], clientId: 'window-0001', client: 'editor' },
      ...{ clientVersion: '1', trusted: true },
    },
  });
}

it.runIf(process.platform === 'linux')(
  'costs no task its lease, its answer or its place in the budget',
  async () => {
    const node = nodeOf(server, 'box', {
      ...pricedModels(server, { inputPerMTok: 10, outputPerMTok: 50 }),
      limits: { concurrency: 4 },
    });
    const budgets = [{ scope: 'user', window: 'day', limitUsd: 50, hard: true }];
    const discovery = { localServers: false, environmentKeys: false };
    writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify({ discovery, nodes: [node], budgets }));
    // Room for the empty history and a few tasks.
    const daemon = cli.start(['serve'], { maxFileKb: 500 });
    await daemon.line((line) => line.startsWith('Serving'));
    const client = await connect();
    const results = await Promise.all(
      Array.from({ length: tasks }, (_, n) =>
        client.request(daemonRequests.route, { type: 'run', task: { prompt: `say hello ${n}` } }),
      ),
    );
    expect(results.map(({ outcome }) => outcome.status)).toEqual(Array(tasks).fill('succeeded'));
    const { store } = (await client.request(daemonRequests.health, {})).daemon;
    expect(store).toMatchObject({ mode: 'memory', decisions: tasks });
    expect(store.reason).toMatch(/history.*changes wait in memory/i);
    // The ledger counts on: all is paid, and nothing is held.
    const cost = results.reduce((sum, { outcome }) => sum + (outcome.costUsd ?? NaN), 0);
    const spend = await client.request(daemonRequests.spend, {});
    expect(spend.today).toMatchObject({ calls: tasks, unknownCalls: 0 });
    expect(spend.today.settledUsd).toBeCloseTo(cost, 9);
    expect(spend.budgets[0]).toMatchObject({ heldUsd: 0, settledUsd: spend.today.settledUsd });
    await client.close();
    daemon.process.kill('SIGTERM');
    expect((await daemon.result).code).toBe(0);
    // What could be written is sound, and its ledger agrees with its attempts.
    const after = await openStore(resolvePaths({ TASK_ROUTER_HOME: cli.home }).databaseFile);
    expect([after.mode, after.notice]).toEqual(['sqlite', null]);
    const attempts = [...after.spentByRoute(0).values()].reduce((sum, usd) => sum + usd, 0);
    const settled = after.ledger.spend(0).reduce((sum, { settledNanoUsd }) => sum + settledNanoUsd, 0);
    expect(settled / 1e9).toBeCloseTo(attempts, 6);
    after.close();
  },
);
