/** Slots, rates, priorities and the waiting line, from outside: the whole daemon behind its socket, real model servers. */
import { daemonRequests } from '@task-router/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DaemonHome, answersOf, mostAtOnce, nodeOf, pricedModels } from '../support/daemon-home.ts';

let daemon: DaemonHome;
beforeEach(() => {
  daemon = new DaemonHome();
});
afterEach(() => daemon.dispose());

describe('slots', () => {
  it('20 tasks of two windows share two slots: never more at once, all answered, each told its place', async () => {
    const server = await daemon.server('demo-fast', {
      faults: { repeat: [{ kind: 'slow', chunkMs: 1, firstChunkMs: 30 }] },
    });
    await daemon.start({ nodes: [nodeOf(server, 'box', { limits: { concurrency: 2 } })] });
    const windows = [await daemon.connect(), await daemon.connect()];
    const results = await Promise.all(
      windows.flatMap((window) => Array.from({ length: 10 }, (_, n) => window.route(`say hello ${n}`))),
    );
    expect(results.map(({ outcome }) => outcome.status)).toEqual(Array(20).fill('succeeded'));
    expect(mostAtOnce(server)).toBe(2);
    expect(answersOf(server)).toHaveLength(20);
    for (const window of windows) {
      const told = window.of('queued').flatMap(({ queue }) => (queue === null ? [] : [queue]));
      expect(told.length).toBeGreaterThan(0);
      expect(told[0]?.reason).toBe('2 of 2 slots of box are taken.');
      for (const { position, waiting, expectedWaitMs, untilMs, sinceMs } of told) {
        expect(position).toBeLessThanOrEqual(waiting);
        expect(expectedWaitMs).toBeGreaterThan(0);
        expect(untilMs - sinceMs).toBe(30_000);
      }
    }
    // Nothing is held any more.
    const { nodes } = await (windows[0]?.client.request(daemonRequests.health, {}) ??
      Promise.reject(new Error('no')));
    expect(nodes[0]?.routes.map(({ inFlight }) => inFlight)).toEqual([0]);
  });

  it('the decision card comes before the wait, and a task in line can be cancelled', async () => {
    const server = await daemon.server('demo-fast', { faults: [{ kind: 'stall', afterChunks: 2 }] });
    await daemon.start({ nodes: [nodeOf(server, 'box', { limits: { concurrency: 1 } })] });
    const window = await daemon.connect();
    const [stop, cancel] = [new AbortController(), new AbortController()];
    const first = window.route('say hello', {}, stop.signal);
    await window.until('delta');
    const second = window.route('say hello again', {}, cancel.signal);
    const { taskId, queue } = await window.until('queued');
    expect(queue).toMatchObject({ position: 1, waiting: 1 });
    expect(window.of('decision', taskId)[0]?.decision.route).toBe('box/demo-mini');
    const { strategies } = window.of('allocation', taskId)[0]?.allocation ?? { strategies: [] };
    expect(strategies.map(({ strategy }) => strategy)).toEqual([
      ...['wait', 'lowerMaxTokens', 'otherAccount', 'otherRoute', 'trimContext', 'holdBack', 'downgrade'],
      'reject',
    ]);
    expect(strategies.find(({ isChosen }) => isChosen)?.strategy).toBe('wait');
    cancel.abort();
    expect((await second).outcome).toMatchObject({ status: 'cancelled', attempts: 0 });
    expect(window.of('queued', taskId).at(-1)).toMatchObject({ queue: null });
    stop.abort();
    expect((await first).outcome.status).toBe('cancelled');
    expect(answersOf(server)).toHaveLength(1);
  });

  it('a task goes to another account of the model when waiting would take too long, and the transition says why', async () => {
    const [one, two] = [await daemon.server(), await daemon.server()];
    const dear = pricedModels(two, { inputPerMTok: 1, outputPerMTok: 1 });
    await daemon.start({
      nodes: [nodeOf(one, 'one', { limits: { requestsPerMinute: 1 } }), nodeOf(two, 'two', dear)],
      // What costs nothing comes first, whatever else is known.
      policy: { weights: { capability: 0, performance: 0, resources: 1, history: 0 }, explore: false },
    });
    const window = await daemon.connect();
    expect((await window.route('say hello')).outcome.route).toBe('one/demo-mini');
    const { outcome, taskId } = await window.route('say hello again');
    expect(outcome).toMatchObject({ status: 'succeeded', route: 'two/demo-mini', attempts: 1 });
    expect(window.of('decision', taskId)[0]?.decision.route).toBe('one/demo-mini');
    expect(window.of('transition', taskId).map(({ transition }) => transition)).toMatchObject([
      {
        ...{ from: 'one/demo-mini', to: 'two/demo-mini', mode: 'continue' },
        message: 'one allows 1 requests a minute; 0 are left, 1 are needed.',
      },
    ]);
    const chosen = window.of('allocation', taskId)[0]?.allocation.strategies.find(({ isChosen }) => isChosen);
    expect(chosen).toMatchObject({ strategy: 'otherAccount', reason: 'Demo Mini (two) has room.' });
  });
});

describe('priorities', () => {
  it('batch tasks leave room: half of the slots, however many wait', async () => {
    const server = await daemon.server('demo-fast', {
      faults: { repeat: [{ kind: 'slow', chunkMs: 1, firstChunkMs: 60 }] },
    });
    await daemon.start({ nodes: [nodeOf(server, 'box', { limits: { concurrency: 2 } })] });
    const window = await daemon.connect();
    const batch = Array.from({ length: 4 }, (_, n) =>
      window.route(`batch ${n}`, { task: { priority: 'batch' } }),
    );
    const { queue } = await window.until('queued');
    expect(queue?.reason).toBe('1 of 2 slots of box are taken, of which batch tasks may use 1.');
    expect(queue && queue.untilMs - queue.sinceMs).toBeGreaterThan(500_000);
    const urgent = await window.route('say hello');
    expect(urgent.outcome.timings.queuedMs).toBe(0);
    expect((await Promise.all(batch)).map(({ outcome }) => outcome.status)).toEqual(
      Array(4).fill('succeeded'),
    );
    expect(mostAtOnce(server)).toBe(2);
  });
});

describe('rates', () => {
  it('of config.jsonc are held to the exact instant', async () => {
    const server = await daemon.server();
    await daemon.start({ nodes: [nodeOf(server, 'box', { limits: { requestsPerMinute: 3 } })] });
    const window = await daemon.connect();
    for (let n = 0; n < 3; n += 1) expect((await window.route('say hello')).outcome.status).toBe('succeeded');
    const soon = { task: { constraints: { deadlineMs: 5_000 } } };
    const error = await window.route('say hello', soon).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'resources.shortage',
      message: expect.stringMatching(
        /^box allows 3 requests a minute; 0 are left, 1 are needed\. Try again in \d+ s\.$/,
      ) as string,
    });
    const { retryAfterMs } = error as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(10_000);
    expect(retryAfterMs).toBeLessThanOrEqual(20_000);
    expect(window.of('error').at(-1)?.error.retryAfterMs).toBe(retryAfterMs);
    expect(answersOf(server)).toHaveLength(3);
    const { nodes } = await window.client.request(daemonRequests.health, {});
    expect(nodes[0]?.quota).toMatchObject([
      { dimension: 'requests', limit: 3, remaining: 0, source: 'config' },
    ]);
  });

  it('are shared by the nodes of a quota group', async () => {
    const [one, two] = [await daemon.server(), await daemon.server()];
    const team = { limits: { requestsPerMinute: 2 }, quotaGroup: 'team' };
    await daemon.start({ nodes: [nodeOf(one, 'one', team), nodeOf(two, 'two', team)] });
    const window = await daemon.connect();
    await window.route('say hello', { pin: 'one/demo-mini' });
    await window.route('say hello', { pin: 'two/demo-mini' });
    const soon = { task: { constraints: { deadlineMs: 3_000 } } };
    await expect(window.route('say hello', soon)).rejects.toMatchObject({ code: 'resources.shortage' });
    expect(answersOf(one).length + answersOf(two).length).toBe(2);
  });

  it('are learned from headers: nothing is sent before the reset that the server named', async () => {
    const rateLimit = { limit: 2, remaining: 0, resetInSeconds: 2 };
    const server = await daemon.server('demo-strong', { faults: [{ kind: 'none', rateLimit }] });
    await daemon.start({ nodes: [nodeOf(server, 'box')] });
    const window = await daemon.connect();
    await window.route('say hello');
    await window.route('say hello again');
    const [first, second] = answersOf(server);
    // The header's own clock has whole milliseconds, and is read a moment after it was written.
    expect((second?.receivedAtMs ?? 0) - (first?.receivedAtMs ?? 0)).toBeGreaterThanOrEqual(1_990);
    expect(window.of('queued')[0]?.queue?.reason).toMatch(/^box asked to wait until \d\d:\d\d:\d\d\.$/);
    const { nodes } = await window.client.request(daemonRequests.health, {});
    expect(nodes[0]?.quota?.[0]).toMatchObject({ dimension: 'requests', limit: 2, source: 'learned' });
  });

  it('a refusal closes the quota until Retry-After, also over a restart; the only route is waited for, not lost', async () => {
    const faults = [{ kind: 'status', status: 429, retryAfter: { seconds: 3 } }] as const;
    const server = await daemon.server('demo-fast', { faults });
    await daemon.start({ nodes: [nodeOf(server, 'box')] });
    const before = await daemon.connect();
    await expect(before.route('say hello')).rejects.toMatchObject({ code: 'route.allFailed' });
    await before.client.close();
    await daemon.stop();
    await daemon.start({ nodes: [nodeOf(server, 'box')] });
    const window = await daemon.connect();
    const { outcome } = await window.route('say hello again');
    expect(outcome.status).toBe('succeeded');
    const [refused, answered] = answersOf(server);
    expect((answered?.receivedAtMs ?? 0) - (refused?.endedAtMs ?? 0)).toBeGreaterThanOrEqual(2_990);
  });
});
