/**
 * `kill -9` of the real daemon with calls under way: the next one finds what was held, lets nothing live beyond its expiry,
 * and has spent what settled attempts cost, no more and no less.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ParamsInputOf, SpendView } from '@task-router/protocol';
import { daemonRequests, protocolVersions } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { CliHome } from '../support/cli.ts';
import type { RunningCli } from '../support/cli.ts';
import { answersOf, nodeOf, pricedModels } from '../support/daemon-home.ts';

const slots = 8;
let cli: CliHome;
let server: DemoServer;

beforeEach(async () => {
  cli = new CliHome();
  server = await startDemoServer(demoProfiles['demo-fast'], { speed: 0 });
  const node = nodeOf(server, 'box', {
    ...pricedModels(server, { inputPerMTok: 10, outputPerMTok: 50 }),
    limits: { concurrency: slots },
  });
  const budgets = [{ scope: 'user', window: 'day', limitUsd: 3, hard: true }];
  const discovery = { localServers: false, environmentKeys: false };
  writeFileSync(join(cli.home, 'config.jsonc'), JSON.stringify({ discovery, nodes: [node], budgets }));
});
afterEach(async () => {
  await cli.dispose();
  await server.stop();
});

async function serve(): Promise<{ readonly daemon: RunningCli; readonly client: DaemonClient }> {
  const daemon = cli.start(['serve']);
  await daemon.line((line) => line.startsWith('Serving'));
  const paths = resolvePaths({ TASK_ROUTER_HOME: cli.home });
  const client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: {
      ...{ protocolVersions: [...protocolVersions], clientId: 'window-0001', client: 'editor' },
      ...{ clientVersion: '1', trusted: true },
    },
  });
  return { daemon, client };
}

const say = (prompt: string): ParamsInputOf<typeof daemonRequests.route> => ({
  ...{ type: 'run', task: { prompt }, onDisconnect: 'continue' },
});
const spend = (client: DaemonClient): Promise<SpendView> => client.request(daemonRequests.spend, {});

it(
  'leaves nothing held beyond its expiry, and no attempt unpaid or paid twice',
  { timeout: 180_000 },
  async () => {
    const first = await serve();
    const settled = await Promise.all(
      Array.from({ length: 3 }, (_, n) => first.client.request(daemonRequests.route, say(`say hello ${n}`))),
    );
    const cost = settled.reduce((sum, { outcome }) => sum + (outcome.costUsd ?? NaN), 0);
    expect((await spend(first.client)).today.settledUsd).toBeCloseTo(cost, 9);

    server.setFaults({ repeat: [{ kind: 'stall', afterChunks: 2 }] });
    for (let n = 0; n < slots; n += 1) {
      first.client.request(daemonRequests.route, say(`wait ${n}`)).catch(() => undefined);
    }
    await expect
      .poll(() => answersOf(server).filter(({ end }) => end === 'open').length, { timeout: 60_000 })
      .toBe(slots);
    const before = await spend(first.client);
    expect(before.heldUsd).toBeGreaterThan(0);
    const killedAtMs = Date.now();
    first.daemon.process.kill('SIGKILL');
    await first.daemon.result;

    server.setFaults([]);
    const second = await serve();
    const after = await spend(second.client);
    // What was settled stands, to the last digit; what was under way is still held, for now.
    expect(after.today).toEqual(before.today);
    expect(after.heldUsd).toBeLessThanOrEqual(before.heldUsd);
    // Every slot is held by a call that is dead; the next task gets one as soon as a lease expires, and not later.
    const { outcome } = await second.client.request(daemonRequests.route, say('say hello again'));
    expect(outcome.status).toBe('succeeded');
    await expect.poll(async () => (await spend(second.client)).heldUsd, { timeout: 30_000 }).toBe(0);
    expect(Date.now() - killedAtMs).toBeLessThan(60_000);
    const end = await spend(second.client);
    expect(end.today.settledUsd).toBeCloseTo(cost + (outcome.costUsd ?? NaN), 9);
    expect(end.today.calls).toBe(4);
    expect(end.budgets[0]).toMatchObject({ heldUsd: 0, settledUsd: end.today.settledUsd });
    await second.client.close();
  },
);
