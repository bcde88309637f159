/**
 * What people do to routes and nodes, over the real socket: each action moves what it says, keeps tasks away or lets them
 * in, outlives the daemon, and is taken back; nobody is let do harm in silence.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { HealthActionName, ParamsInputOf } from '@task-router/protocol';
import { RouterError, daemonRequests } from '@task-router/protocol';
import { startStage } from '../support/failover-stage.ts';
import type { FailoverStage, ServerPlan } from '../support/failover-stage.ts';

const plans: readonly ServerPlan[] = [
  { id: 'demo-a', profile: 'demo-strong' },
  { id: 'demo-b', profile: 'demo-fast' },
];

let stage: FailoverStage;
afterEach(() => stage.dispose());

type Params = ParamsInputOf<typeof daemonRequests.setRouteState>;

const toNode = (nodeId: string, action: HealthActionName, more: Partial<Params> = {}) =>
  stage.client.request(daemonRequests.setRouteState, { target: { type: 'node', nodeId }, action, ...more });
const toRoute = (routeId: string, action: HealthActionName, more: Partial<Params> = {}) =>
  stage.client.request(daemonRequests.setRouteState, { target: { type: 'route', routeId }, action, ...more });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => (error instanceof RouterError ? error.code : error),
  );
const nodes = async () => (await stage.client.request(daemonRequests.health, {})).nodes;
async function nodeNamed(id: string) {
  const node = (await nodes()).find(({ nodeId }) => nodeId === id);
  if (node === undefined) throw new Error(`there is no node ${id}`);
  return node;
}
const routeOf = async (id: string) => (await nodeNamed(id)).routes[0]!.routeId;

describe('an action by hand', () => {
  it('keeps tasks off a drained route and lets them in again, and undo brings back what was before', async () => {
    stage = await startStage(plans);
    const routeId = await routeOf('demo-a');
    await stage.route('say hello', { pin: routeId });
    expect(await stage.health('demo-a')).toMatchObject({ state: 'healthy' });

    const drained = await toRoute(routeId, 'drain');
    expect(drained.changes).toEqual([
      { routeId, from: 'healthy', to: 'draining', reason: 'drained by hand' },
    ]);
    expect((await stage.route('say hello', { pin: routeId })).error?.code).toBe('route.none');
    expect((await stage.route()).outcome?.route).toBe(await routeOf('demo-b'));
    expect(await stage.health('demo-a')).toEqual({
      state: 'draining',
      reason: 'drained by hand: gets no new tasks until enabling it',
    });

    expect((await toRoute(routeId, 'undo')).changes).toMatchObject([{ from: 'draining', to: 'healthy' }]);
    expect((await stage.route('say hello', { pin: routeId })).error).toBeNull();
    expect((await toRoute(routeId, 'undo')).changes).toEqual([]);
  });

  it('on a node holds for all of its routes and outlives the daemon', async () => {
    stage = await startStage(plans);
    expect((await toNode('demo-a', 'disable')).changes.map(({ to }) => to)).toEqual(['disabled']);
    await stage.restart();
    await expect.poll(async () => (await nodes()).map(({ nodeId }) => nodeId)).toContain('demo-a');
    expect(await nodeNamed('demo-a')).toMatchObject({ held: 'disabled', routes: [{ state: 'disabled' }] });
    expect(await codeOf(toRoute(await routeOf('demo-a'), 'enable'))).toBe('health.nodeHeld');
    expect((await toNode('demo-a', 'enable')).changes.map(({ to }) => to)).toEqual(['unknown']);
    expect(await nodeNamed('demo-a')).not.toHaveProperty('held');
  });

  it('is accepted once a minute, the same twice is once, and taking back is always possible', async () => {
    stage = await startStage(plans);
    const routeId = await routeOf('demo-a');
    await toRoute(routeId, 'drain');
    expect(await toRoute(routeId, 'drain')).toMatchObject({ changes: [] });
    await toRoute(routeId, 'undo');
    const refused = await toRoute(routeId, 'disable').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'health.tooSoon' });
    expect((refused as RouterError).message).toMatch(/again in \d+ s\.$/);
    expect((refused as RouterError).retryAfterMs).toBeGreaterThan(50_000);
    expect(await stage.health('demo-a')).toMatchObject({ state: 'unknown' });
    // Another target, and looking, have minutes of their own.
    await toRoute(routeId, 'probe');
    expect(await codeOf(toRoute(routeId, 'probe'))).toBe('health.tooSoon');
    await toNode('demo-b', 'drain');
  });

  it('asks before it takes the last usable route away, and says what would be lost', async () => {
    stage = await startStage(plans);
    await toNode('demo-a', 'drain');
    const refused = await toNode('demo-b', 'disable').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'health.lastRoute' });
    expect((refused as RouterError).message).toContain('no usable route is left for any task');
    expect(await stage.health('demo-b')).toMatchObject({ state: 'unknown' });
    expect((await toNode('demo-b', 'disable', { confirmed: true })).changes).toHaveLength(1);
    expect((await stage.route()).error?.code).toBe('route.none');
    await toNode('demo-b', 'undo');
    expect((await stage.route()).error).toBeNull();
  });

  it('can be tried without doing it', async () => {
    stage = await startStage(plans);
    const routeId = await routeOf('demo-a');
    expect((await toRoute(routeId, 'drain', { dryRun: true })).changes).toMatchObject([{ to: 'draining' }]);
    expect(await stage.health('demo-a')).toMatchObject({ state: 'unknown' });
    expect((await toRoute(routeId, 'drain')).changes).toHaveLength(1);
  });

  it('probes a route that is out, and brings it back with two good probes', async () => {
    let isDown = true;
    stage = await startStage([
      {
        id: 'demo-a',
        profile: 'demo-strong',
        faults: () => (isDown ? { kind: 'status', status: 500 } : { kind: 'none' }),
      },
      { id: 'demo-b', profile: 'demo-fast' },
    ]);
    const routeId = await routeOf('demo-a');
    await stage.route('say hello', { pin: routeId });
    expect(await stage.health('demo-a')).toMatchObject({ state: 'ejected' });
    isDown = false;
    expect((await toRoute(routeId, 'probe')).changes).toMatchObject([{ from: 'ejected', to: 'probing' }]);
    expect((await toRoute(routeId, 'undo')).changes).toMatchObject([{ from: 'probing', to: 'recovering' }]);
  });

  it('on what does not exist says so', async () => {
    stage = await startStage(plans);
    expect(await codeOf(toNode('nowhere', 'drain'))).toBe('health.targetUnknown');
    expect(await codeOf(toRoute('demo-a/none', 'probe'))).toBe('health.targetUnknown');
  });
});
