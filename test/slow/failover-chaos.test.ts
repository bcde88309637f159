/**
 * A daemon under outages, as its clients see it: one task a second, three servers, one of them fails in every way the fault
 * script knows. Tasks that were under way when the fault began could not know of it and are counted apart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { FaultInput } from '../../daemon/src/demo/index.ts';
import { startStage } from '../support/failover-stage.ts';
import type { FailoverStage, RoutedTask, ServerPlan } from '../support/failover-stage.ts';

const stages = new Set<FailoverStage>();
// The tests run side by side, since most of their time is waiting; so each stage stands until the last of them has ended.
afterAll(async () => {
  await Promise.all([...stages].map((stage) => stage.dispose()));
  stages.clear();
});

async function stageOf(plans: readonly ServerPlan[]): Promise<FailoverStage> {
  const stage = await startStage(plans);
  stages.add(stage);
  return stage;
}

const three: readonly ServerPlan[] = [
  { id: 'demo-a', profile: 'demo-strong' },
  { id: 'demo-b', profile: 'demo-fast' },
  { id: 'demo-c', profile: 'demo-flaky' },
];

/** Tasks at a steady pace, whatever becomes of the earlier ones. */
async function tasks(stage: FailoverStage, count: number, everyMs = 1_000): Promise<RoutedTask[]> {
  const running: Promise<RoutedTask>[] = [];
  for (let index = 0; index < count; index += 1) {
    running.push(stage.route());
    await sleep(everyMs);
  }
  return Promise.all(running);
}

const errorsOf = (all: readonly RoutedTask[]) =>
  all.flatMap(({ error }) => (error === null ? [] : [error.message]));
/** Answers asked of a server by tasks; the prober's own calls are small: some 150 bytes, a task's 250. */
const askedOf = (stage: FailoverStage, id: string, sinceMs: number) =>
  stage
    .server(id)
    .log()
    .filter(
      ({ stream, receivedAtMs, requestBytes }) =>
        stream === true && receivedAtMs >= sinceMs && requestBytes > 200,
    );

describe.concurrent('an outage of one server', () => {
  const faults: readonly (readonly [name: string, fault: FaultInput])[] = [
    ['500', { kind: 'status', status: 500 }],
    ['503 without a word on when', { kind: 'status', status: 503 }],
    ['529', { kind: 'status', status: 529 }],
    ['a cut connection', { kind: 'refuse' }],
    ['a web page', { kind: 'html' }],
    ['an empty 200', { kind: 'empty' }],
    ['an error event', { kind: 'error-event', opened: true }],
    ['a refused key', { kind: 'status', status: 401 }],
    ['an exhausted quota', { kind: 'quota-exhausted' }],
    ['death in the middle', { kind: 'die', afterChunks: 40 }],
  ];

  it.each(faults)('%s: no user sees it, and at most five calls are burnt', async (_, fault) => {
    const stage = await stageOf(three);
    const before = await tasks(stage, 3, 200);
    expect(errorsOf(before)).toEqual([]);
    const victim = before.at(-1)?.outcome?.route?.split('/')[0] ?? '';
    stage.server(victim).setFaults({ repeat: [fault] });
    const sinceMs = Date.now();
    const during = await tasks(stage, 25);
    expect(errorsOf(during)).toEqual([]);
    const burnt = askedOf(stage, victim, sinceMs).length;
    expect(burnt).toBeGreaterThan(0);
    expect(burnt).toBeLessThanOrEqual(5);
    const attempts = during.reduce((sum, { outcome }) => sum + (outcome?.attempts ?? 0), 0);
    expect(attempts / during.length).toBeLessThanOrEqual(1.2);
  });

  it('a hang costs one first-token timeout, once, and the server comes back by itself', async () => {
    const stage = await stageOf(three);
    const [warm] = await tasks(stage, 1, 200);
    const victim = warm?.outcome?.route?.split('/')[0] ?? '';
    stage.server(victim).setFaults({ repeat: [{ kind: 'silence' }] });
    const hung = await stage.route();
    expect(hung.error).toBeNull();
    expect(hung.tookMs).toBeGreaterThan(7_500);
    expect(hung.tookMs).toBeLessThan(11_000);
    const after = await tasks(stage, 20);
    expect(errorsOf(after)).toEqual([]);
    for (const { tookMs } of after) expect(tookMs).toBeLessThan(4_000);

    stage.server(victim).setFaults([]);
    const backSinceMs = Date.now();
    await vi.waitFor(
      async () => {
        expect((await stage.health(victim)).state).toMatch(/^(?:recovering|healthy)$/);
      },
      { timeout: 90_000, interval: 1_000 },
    );
    expect(Date.now() - backSinceMs).toBeLessThan(90_000);
  });
});

describe.concurrent('an outage of everything', () => {
  it('is not made worse by retries, and is over when the servers are', async () => {
    const stage = await stageOf(three);
    await tasks(stage, 3, 200);
    for (const server of stage.servers) server.setFaults({ repeat: [{ kind: 'status', status: 500 }] });
    const during = await tasks(stage, 40, 500);
    expect(errorsOf(during).length).toBeGreaterThan(30);
    const attempts = during.reduce((sum, { outcome }) => sum + (outcome?.attempts ?? 0), 0);
    expect(attempts / during.length).toBeLessThanOrEqual(1.2);
    for (const server of stage.servers) server.setFaults([]);
    const after = await tasks(stage, 3, 200);
    expect(errorsOf(after)).toEqual([]);
  });
});

describe.concurrent('a limit with a reset', () => {
  it.each([
    ['seconds', { seconds: 12 }],
    ['a date', { dateInSeconds: 12 }],
  ] as const)('given as %s: nobody calls before it', async (_, retryAfter) => {
    const stage = await stageOf(three);
    const [warm] = await tasks(stage, 1, 200);
    const victim = warm?.outcome?.route?.split('/')[0] ?? '';
    stage.server(victim).setFaults([{ kind: 'status', status: 429, retryAfter }]);
    const sinceMs = Date.now();
    const during = await tasks(stage, 20);
    expect(errorsOf(during)).toEqual([]);
    const calls = stage
      .server(victim)
      .log()
      .filter(({ stream, receivedAtMs }) => stream === true && receivedAtMs >= sinceMs);
    const limitedAtMs = calls[0]?.receivedAtMs ?? 0;
    // A date has whole seconds, so it may lie up to one earlier.
    for (const { receivedAtMs } of calls.slice(1)) expect(receivedAtMs - limitedAtMs).toBeGreaterThan(11_000);
  });

  it('is waited for when it is near and no other server is left', async () => {
    const stage = await stageOf([{ id: 'demo-a', profile: 'demo-fast' }]);
    stage.server('demo-a').setFaults([{ kind: 'status', status: 429, retryAfter: { seconds: 3 } }]);
    const task = await stage.route();
    expect([task.error, task.outcome?.attempts]).toEqual([null, 2]);
    expect(task.transitions[0]?.message).toContain('its limit is reset in 3 s');
    const [limited, answered] = askedOf(stage, 'demo-a', 0);
    expect((answered?.receivedAtMs ?? 0) - (limited?.receivedAtMs ?? 0)).toBeGreaterThanOrEqual(3_000);
  });
});

describe.concurrent('a cancel', () => {
  it('reaches the server within 100 ms, and is nobody’s failure', async () => {
    const stage = await stageOf([{ id: 'demo-a', profile: 'demo-strong' }]);
    await stage.route();
    const { state } = await stage.health('demo-a');
    for (const fault of [
      { kind: 'hang' },
      { kind: 'silence' },
      { kind: 'stall', afterChunks: 20 },
    ] as const) {
      stage.server('demo-a').setFaults([fault]);
      const cancel = new AbortController();
      const task = stage.route('say hello', {}, cancel.signal);
      const last = () => stage.server('demo-a').log().at(-1);
      await vi.waitFor(() => expect(last()?.fault).toBe(fault.kind));
      await sleep(300);
      const cancelledAtMs = Date.now();
      cancel.abort();
      await task;
      await vi.waitFor(() => expect(last()?.end).toBe('aborted'), { interval: 5 });
      expect((last()?.endedAtMs ?? Infinity) - cancelledAtMs).toBeLessThan(100);
      expect((await stage.health('demo-a')).state).toBe(state);
    }
  });
});

describe.concurrent('noise', () => {
  it('of 2 % takes no sound server out', async () => {
    let calls = 0;
    // Every fiftieth answer of each server fails, which is no chance but the same rate.
    const noisy = three.map((plan): ServerPlan => ({
      ...plan,
      faults: () => (++calls % 50 === 0 ? { kind: 'status', status: 500 } : { kind: 'none' }),
    }));
    const stage = await stageOf(noisy);
    const all: RoutedTask[] = [];
    for (let index = 0; index < 200; index += 1) all.push(await stage.route());
    expect(errorsOf(all)).toEqual([]);
    for (const { id } of stage.servers) expect((await stage.health(id)).state).not.toBe('ejected');
  });
});
