/** What grades, follow-ups and restarts do to decisions, over the daemon's real socket and its real database. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Candidate, Decision } from '@task-router/protocol';
import { daemonRequests } from '@task-router/protocol';
import { DaemonClient, connectToDaemon, resolvePaths } from '@task-router/protocol/node';
import type { Paths } from '@task-router/protocol/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDaemon } from '../../daemon/src/compose.ts';
import type { RunningDaemon } from '../../daemon/src/compose.ts';
import { demoProfiles, startDemoServer } from '../../daemon/src/demo/index.ts';
import type { DemoServer } from '../../daemon/src/demo/index.ts';
import { hello } from '../support/hello.ts';

let home: string;
let paths: Paths;
let daemon: RunningDaemon | null = null;
let client: DaemonClient;
let servers: DemoServer[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'task-router-learning-'));
  paths = resolvePaths({ TASK_ROUTER_HOME: home });
  servers = await Promise.all(
    (['demo-fast', 'demo-strong'] as const).map((id) =>
      startDemoServer({ ...demoProfiles[id], firstChunkMs: 0, chunkMs: 0 }, { speed: 0 }),
    ),
  );
  const [fast, strong] = servers;
  mkdirSync(home, { recursive: true });
  writeFileSync(
    paths.configFile,
    JSON.stringify({
      discovery: { localServers: false, environmentKeys: false },
      // Exploration would make the choice a draw.
      policy: { objective: 'quality', explore: false },
      nodes: [
        { id: 'one', provider: 'openai-compatible', baseUrl: fast?.baseUrl },
        { id: 'two', provider: 'anthropic', baseUrl: strong?.baseUrl },
      ],
    }),
  );
  await start();
});
afterEach(async () => {
  await stop();
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(home, { recursive: true, force: true });
});

async function start(): Promise<void> {
  daemon = await startDaemon({ paths, idleMinutes: 0 });
  client = await DaemonClient.open(await connectToDaemon({ paths }), {
    hello: hello({ clientId: 'window-0001' }),
    editorModels: undefined,
  });
}

async function stop(): Promise<void> {
  await client.close();
  await daemon?.stop();
  daemon = null;
}

interface Routed {
  readonly taskId: string;
  readonly decision: Decision;
}

async function route(prompt: string, more: { previousTaskId?: string } = {}): Promise<Routed> {
  const { taskId, decisionId } = await client.request(daemonRequests.route, {
    type: 'run',
    task: { prompt },
    ...more,
  });
  const { decision } = await client.request(daemonRequests.explain, { decisionId });
  return { taskId, decision };
}

const grade = ({ decision: { decisionId } }: Routed, value: 'good' | 'bad') =>
  client.request(daemonRequests.feedback, { decisionId, grade: value });

function qualityOf({ decision }: Routed, routeId: string | null): NonNullable<Candidate['quality']> {
  const quality = decision.candidates.find((candidate) => candidate.route === routeId)?.quality;
  if (quality == null) throw new Error(`no quality for ${routeId}`);
  return quality;
}

const task = 'Fix the crash in the parser: it reads past the end of an empty file.';

describe('grades', () => {
  it('move the choice away from what was bad, and hold over a restart; old decisions still verify', async () => {
    const first = await route(task);
    const favourite = first.decision.route;
    let last = first;
    for (let given = 0; given < 12 && last.decision.route === favourite; given += 1) {
      await grade(last, 'bad');
      last = await route(task);
    }
    expect(last.decision.route).not.toBe(favourite);
    const before = qualityOf(last, favourite);
    expect(before.mean).toBeLessThan(qualityOf(first, favourite).mean);
    expect(before.sampleSize).toBeGreaterThan(0);

    await stop();
    await start();
    const after = await route(task);
    expect(after.decision.route).toBe(last.decision.route);
    expect(qualityOf(after, favourite)).toEqual(before);
    const { replay, grade: kept } = await client.request(daemonRequests.explain, {
      decisionId: first.decision.decisionId,
      verify: true,
    });
    expect([replay?.identical, kept]).toEqual([true, 'bad']);
  });

  it('given again replace, and never count twice', async () => {
    const first = await route(task);
    const favourite = first.decision.route;
    const now = async () => qualityOf(await route(task), favourite);
    const untouched = await now();
    await grade(first, 'bad');
    const once = await now();
    expect(once.mean).toBeLessThan(untouched.mean);
    for (let given = 0; given < 5; given += 1) await grade(first, 'bad');
    expect(await now()).toEqual(once);
    await grade(first, 'good');
    const changed = await now();
    expect(changed.mean).toBeGreaterThan(untouched.mean);
    expect(changed.sampleSize).toBe(1);
    await grade(first, 'bad');
    expect(await now()).toEqual(once);
  });

  it('say nothing of another class of task but through its likes', async () => {
    const first = await route(task);
    const elsewhere = 'What does this regular expression match?';
    const before = qualityOf(await route(elsewhere), first.decision.route);
    await grade(first, 'bad');
    expect(qualityOf(await route(elsewhere), first.decision.route)).toEqual(before);
  });

  it('an outage never lowers capability, not even when it is graded', async () => {
    const first = await route(task);
    const before = qualityOf(first, first.decision.route);
    for (const server of servers)
      server.setFaults([
        { kind: 'status', status: 500 },
        { kind: 'status', status: 500 },
      ]);
    await expect(route(task)).rejects.toMatchObject({ code: 'route.allFailed' });
    const { decisions } = await client.request(daemonRequests.decisions, { limit: 1 });
    const failed = decisions[0]?.decisionId ?? '';
    await client.request(daemonRequests.feedback, { decisionId: failed, grade: 'bad' });
    for (const server of servers) server.setFaults([]);
    const after = await route(task);
    expect(qualityOf(after, first.decision.route)).toEqual(before);
    const kept = await client.request(daemonRequests.explain, { decisionId: failed });
    expect(kept.grade).toBe('bad');
  });

  it('of an unknown decision are refused', async () => {
    await expect(
      client.request(daemonRequests.feedback, { decisionId: 'nope', grade: 'bad' }),
    ).rejects.toMatchObject({ code: 'decision.notFound' });
  });
});

describe('a follow-up', () => {
  it('goes on with the task of the turn before, also after a restart', async () => {
    const first = await route(task);
    expect(first.decision.kind).toBe('fix');
    await stop();
    await start();
    const next = await route('yes, do it', { previousTaskId: first.taskId });
    expect(next.decision).toMatchObject({
      kind: 'fix',
      understanding: { kindSource: 'inherited', taskClass: first.decision.understanding?.taskClass },
    });
    expect((await route('yes, do it')).decision.kind).toBe('chat');
    expect((await route('yes, do it', { previousTaskId: 'gone' })).decision.kind).toBe('chat');
  });
});

describe('the explanation', () => {
  it('says what was understood, what is believed of each model, and what would change the choice', async () => {
    const { decision } = await route(task);
    expect(decision.understanding?.words).toMatch(/^Fix, single turn/);
    for (const { quality, gate } of decision.candidates) {
      expect(quality).toMatchObject({ source: 'class', sampleSize: 0 });
      expect(quality?.lowerBound).toBeLessThan(quality?.mean ?? 0);
      expect(quality?.upperBound).toBeGreaterThan(quality?.mean ?? 1);
      expect(gate).toMatchObject({ passed: true });
    }
    expect(decision.flipPoints.length).toBeGreaterThan(0);
    for (const flip of decision.flipPoints) {
      expect(flip.becomes).not.toBe(decision.route);
      expect(flip.sentence).toMatch(/ would be chosen if .+\.$/);
    }
    expect(decision.propensity).toBe(1);
  });
});
