import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort, head, openStage } from '../../../test/support/endpoint-stage.ts';

const call = { model: 'auto' };

describe('keys', () => {
  it('are stored as a digest, and found in no log', async () => {
    const stage = await openStage();
    const key = stage.key();
    expect(key).toMatch(/^trk_[\w-]{43}$/);
    await stage.post(key, call);
    await stage.post(`${key.slice(0, -1)}x`, call);
    expect(JSON.stringify(stage.store.readEndpointKeys())).not.toContain(key.slice(4, 30));
    expect(stage.lines.join('')).not.toContain(key.slice(4, 30));
    const [view] = stage.endpoint.view().keys;
    expect(view).toMatchObject({ name: 'Cline', requestsToday: 1, spentTodayUsd: 0.25 });
    expect(view?.lastUsedAtMs).toBeGreaterThan(0);
  });

  it('reach dispatch with their policy and budget', async () => {
    const stage = await openStage();
    const wish = { name: 'aider', policy: { localOnly: true }, dailyBudgetUsd: 2 };
    const { key, view } = stage.endpoint.createKey(wish);
    await stage.post(key, call);
    expect(stage.calls[0]?.tool).toEqual({ ...wish, keyId: view.id });
  });

  it('revoked are refused at once, and what runs under one ends', async () => {
    const stage = await openStage();
    const key = stage.key();
    const began = Promise.withResolvers<undefined>();
    stage.script = async (_call, sink, signal) => {
      sink.begin(head);
      sink.part({ type: 'text', text: 'half' });
      began.resolve(undefined);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { type: 'cancelled' };
    };
    const running = stage.post(key, { ...call, stream: true });
    await began.promise;
    stage.endpoint.revokeKey(stage.endpoint.view().keys[0]?.id ?? '');
    expect(await (await running).text()).toBe('begin|half|fail route.interrupted');
    expect((await stage.post(key, call)).status).toBe(401);
    expect(stage.endpoint.view().keys).toEqual([]);
    expect(() => stage.endpoint.revokeKey('gone')).toThrow('No key');
  });

  it('are still good after a restart, except those revoked', async () => {
    const stage = await openStage();
    const [kept, ended] = [stage.key('kept'), stage.key('ended')];
    stage.endpoint.revokeKey(stage.endpoint.view().keys[1]?.id ?? '');
    await stage.endpoint.close();
    const reopened = await openStage({ store: stage.store });
    expect((await reopened.post(kept, call)).status).toBe(200);
    expect((await reopened.post(ended, call)).status).toBe(401);
  });
});

describe('the switch', () => {
  it('is off unless somebody turns it on, and off again at their word', async () => {
    const stage = await openStage({ enabled: false });
    expect(stage.endpoint.view()).toMatchObject({ enabled: false, address: null });
    await expect(stage.post(stage.key(), call)).rejects.toThrow();
    const on = await stage.endpoint.configure({ enabled: true });
    expect(on).toMatchObject({ enabledBy: ['editor'], address: `http://127.0.0.1:${stage.port}` });
    expect((await stage.post(stage.key(), call)).status).toBe(200);
    const other = await freePort();
    expect(await stage.endpoint.configure({ enabled: true, port: other })).toMatchObject({ port: other });
    await expect(stage.post(stage.key(), call)).rejects.toThrow();
    expect(await stage.endpoint.configure({ enabled: false })).toMatchObject({
      enabled: false,
      address: null,
    });
  });

  it('says when another program has the port, and takes it when it is free', async () => {
    const stage = await openStage({ enabled: false });
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(stage.port, '127.0.0.1', resolve));
    const view = await stage.endpoint.configure({ enabled: true });
    expect(view).toMatchObject({ enabled: true, address: null, problem: { code: 'endpoint.portTaken' } });
    expect(view.problem?.next).toContain('taskRouter.endpoint.port');
    expect(stage.lines.join('')).toContain('can’t listen');
    await new Promise((resolve) => squatter.close(resolve));
    await stage.endpoint.settle();
    expect(stage.endpoint.view()).toMatchObject({ problem: null, address: `http://127.0.0.1:${stage.port}` });
  });
});
