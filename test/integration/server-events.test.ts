/** The event stream of a client over real sockets: order, replay, snapshots, two clients, cancelling. */
import { describe, expect, it } from 'vitest';
import type { NumberedEvent, RouterEvent } from '@task-router/protocol';
import { limits, reduceSnapshot, routeRequest, snapshotRequest } from '@task-router/protocol';
import type { DaemonClient } from '@task-router/protocol/node';
import { openClient, startTestServer, until } from '../support/server-fixture.ts';
import { outcome, run } from '../support/server-service.ts';
import { taskSample } from '../support/wire-samples.ts';

function listen(client: DaemonClient): NumberedEvent[] {
  const events: NumberedEvent[] = [];
  client.onEvent((event) => events.push(event));
  return events;
}

const types = (events: readonly NumberedEvent[]): string[] => events.map(({ event }) => event.type);
const delta = (text: string): RouterEvent => ({ type: 'delta', taskId: 'task-1', text });

describe('events', () => {
  it('arrive in order and without gaps, and add up to the snapshot', async () => {
    const { paths } = await startTestServer();
    const client = await openClient(paths);
    const events = listen(client);
    const result = await client.request(routeRequest, run('explain'));
    expect(result).toEqual({ taskId: 'task-1', decisionId: 'decision-task-1', outcome });
    expect(types(events)).toEqual(['taskStarted', 'delta', 'delta', 'outcome']);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    const snapshot = await client.request(snapshotRequest, {});
    const { snapshot: first } = client.welcome;
    if (first === undefined) throw new Error('no snapshot');
    expect(snapshot).toEqual(
      events.reduce((state, { seq, event }) => reduceSnapshot(state, seq, event), first),
    );
    expect(snapshot.tasks[0]?.text).toBe('Hello world');
  });

  it('are replayed to a client that comes back', async () => {
    const { paths, eventLog } = await startTestServer();
    const first = await openClient(paths, { clientId: 'window-one' });
    const events = listen(first);
    await first.request(routeRequest, run('explain'));
    const epoch = first.welcome.snapshot?.epoch ?? '';
    await first.close();
    // What happens while the window reloads is not lost.
    eventLog.emit('window-one', { type: 'health', nodes: [] });
    const second = await openClient(paths, { clientId: 'window-one', resume: { epoch, seq: 2 } });
    expect(second.welcome).toMatchObject({ resume: 'replayed' });
    expect(second.welcome.snapshot).toBeUndefined();
    const replayed = listen(second);
    await until(() => replayed.length === 3);
    expect(replayed.slice(0, 2)).toEqual(events.slice(2));
    expect(replayed[2]).toEqual({ seq: 5, event: { type: 'health', nodes: [] } });
    eventLog.emit('window-one', delta('more'));
    await until(() => replayed.length === 4);
    expect(replayed[3]?.seq).toBe(6);
  });

  it.each([
    ['of another daemon', { epoch: 'another', seq: 1 }],
    ['from the future', { epoch: null, seq: 99 }],
  ])('a resume point %s is answered with a snapshot', async (_name, { epoch, seq }) => {
    const { paths } = await startTestServer();
    const first = await openClient(paths, { clientId: 'window-one' });
    await first.request(routeRequest, run('explain'));
    const known = first.welcome.snapshot?.epoch ?? '';
    await first.close();
    const second = await openClient(paths, {
      clientId: 'window-one',
      resume: { epoch: epoch ?? known, seq },
    });
    expect(second.welcome).toMatchObject({
      resume: 'snapshot',
      snapshot: { seq: 4, tasks: [{ text: 'Hello world' }] },
    });
  });

  it('older than the log are answered with a snapshot', async () => {
    const { paths, eventLog } = await startTestServer();
    const first = await openClient(paths, { clientId: 'window-one' });
    const epoch = first.welcome.snapshot?.epoch ?? '';
    await first.close();
    for (let i = 0; i < 2_500; i += 1) eventLog.emit('window-one', delta('x'));
    const kept = await openClient(paths, { clientId: 'window-one', resume: { epoch, seq: 500 } });
    expect(kept.welcome.resume).toBe('replayed');
    const gone = await openClient(paths, { clientId: 'window-one', resume: { epoch, seq: 499 } });
    expect(gone.welcome).toMatchObject({ resume: 'snapshot', snapshot: { seq: 2_500 } });
  });

  it('reach every connection of a client and no other client', async () => {
    const { paths } = await startTestServer();
    const one = await openClient(paths, { clientId: 'window-one' });
    const again = await openClient(paths, { clientId: 'window-one' });
    const other = await openClient(paths, { clientId: 'window-two' });
    const [seen, seenAgain, seenOther] = [listen(one), listen(again), listen(other)];
    await one.request(routeRequest, run('explain'));
    await other.request(snapshotRequest, {});
    await until(() => seenAgain.length === 4);
    expect(seenAgain).toEqual(seen);
    expect(seenOther).toEqual([]);
    await one.close();
    await other.request(routeRequest, run('explain'));
    expect(types(seenOther)).toEqual(['taskStarted', 'delta', 'delta', 'outcome']);
  });

  it('split a text that is longer than a message may be', async () => {
    const { paths, eventLog } = await startTestServer();
    const client = await openClient(paths, { clientId: 'window-one' });
    const events = listen(client);
    // Two-part characters, so that a cut in the wrong place would break one.
    const text = '😀'.repeat(limits.messageBytes / 4);
    eventLog.emit('window-one', delta(text));
    const texts = (): string =>
      events.map(({ event }) => (event.type === 'delta' ? event.text : '')).join('');
    await until(() => texts().length === text.length);
    expect(texts()).toBe(text);
    expect(events.length).toBeGreaterThan(1);
  });

  it('sum up to a snapshot that fits into one message, however long the answers are', async () => {
    const { paths, eventLog } = await startTestServer();
    await (await openClient(paths, { clientId: 'window-one' })).close();
    for (let i = 0; i < 30; i += 1) {
      const taskId = `task-${i}`;
      eventLog.emit('window-one', { type: 'taskStarted', task: taskSample({ taskId }) });
      eventLog.emit('window-one', { type: 'delta', taskId, text: 'x'.repeat(1_000_000) });
      if (i < 28) eventLog.emit('window-one', { type: 'outcome', taskId, outcome });
    }
    const client = await openClient(paths, { clientId: 'window-one' });
    const { snapshot } = client.welcome;
    if (snapshot === undefined) throw new Error('no snapshot');
    expect(await client.request(snapshotRequest, {})).toEqual(snapshot);
    expect(snapshot.tasks.at(-1)?.text).toHaveLength(1_000_000);
    expect(snapshot.tasks.length).toBeLessThan(30);
    expect(snapshot.tasks.slice(-2).map(({ taskId }) => taskId)).toEqual(['task-28', 'task-29']);
  });
});

describe('cancelling', () => {
  it('aborts the task and hands back what came of it', async () => {
    const { paths, service } = await startTestServer();
    service.script = ({ client, taskId, signal }) =>
      new Promise((resolve) => {
        const onAbort = (): void =>
          resolve(service.finish(client.clientId, taskId, { ...outcome, status: 'cancelled' }));
        signal.addEventListener('abort', onAbort);
      });
    const client = await openClient(paths);
    const controller = new AbortController();
    const routed = client.request(routeRequest, run('long'), controller.signal);
    await until(() => service.routed.length === 1);
    controller.abort();
    expect((await routed).outcome.status).toBe('cancelled');
  });

  it('rejects with the caller’s reason when the daemon has no outcome to give', async () => {
    const { paths, service } = await startTestServer();
    service.script = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
    const client = await openClient(paths);
    const controller = new AbortController();
    const routed = client.request(routeRequest, run('long'), controller.signal);
    await until(() => service.routed.length === 1);
    controller.abort(new Error('changed my mind'));
    await expect(routed).rejects.toThrow('changed my mind');
  });

  it.each([
    ['ends with its connection', 'cancel' as const, true],
    ['goes on without its connection when asked to', 'continue' as const, false],
  ])('a task %s', async (_name, onDisconnect, isAborted) => {
    const { paths, service, server } = await startTestServer();
    const release = Promise.withResolvers<undefined>();
    service.script = async ({ client, taskId }) => {
      await release.promise;
      return service.finish(client.clientId, taskId);
    };
    const client = await openClient(paths, { clientId: 'window-one' });
    const routed = client
      .request(routeRequest, run('long', { onDisconnect }))
      .catch((error: unknown) => error);
    await until(() => service.routed.length === 1);
    await client.close();
    await until(() => server.clientCount === 0);
    expect(service.routed[0]?.signal.aborted).toBe(isAborted);
    expect(await routed).toMatchObject({ code: 'daemon.unreachable' });
    release.resolve(undefined);
    // The window that comes back finds the outcome, because its stream outlived the connection.
    const back = await openClient(paths, { clientId: 'window-one' });
    await until(() => service.routed.length === 1);
    expect((await back.request(snapshotRequest, {})).tasks[0]?.outcome).toEqual(outcome);
  });

  it('never ends a task that a reloaded window only attached to', async () => {
    const { paths, service, server } = await startTestServer();
    service.script = () => new Promise(() => undefined);
    const client = await openClient(paths);
    void client.request(routeRequest, { type: 'attach', taskId: 'task-9' }).catch(() => undefined);
    await until(() => service.routed.length === 1);
    await client.close();
    await until(() => server.clientCount === 0);
    expect(service.routed[0]?.signal.aborted).toBe(false);
  });
});
