/**
 * Failing servers behind the endpoint, over real HTTP in both formats: what can be known at once of the table that gateways
 * were measured by. The rows in which time has to pass: `test/slow/endpoint-failover.test.ts`.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { daemonRequests } from '@task-router/protocol';
import { answersOf } from '../support/daemon-home.ts';
import { PeerStage, expectWholeStream, rows, tools } from '../support/endpoint-peers.ts';

let stage: PeerStage | null = null;
afterEach(async () => {
  await stage?.home.dispose();
  stage = null;
});

describe.each(tools)('a tool that speaks as %s does', (tool) => {
  const quick = rows.filter(({ isSlow }) => isSlow !== true);

  it.each(quick.flatMap((row) => [true, false].map((streams) => ({ ...row, streams }))))(
    'survives $name (streams: $streams), and the next request knows',
    async ({ fault, streams }) => {
      stage = await PeerStage.open(tool);
      stage.breakFirst(fault);
      const one = await stage.ask(streams);
      expect([one.status, one.text]).toEqual([200, stage.answer]);
      if (streams) expectWholeStream(tool, one);
      const asked = stage.calls('second');
      const two = await stage.ask(streams);
      expect([two.status, two.text, two.attempts]).toEqual([200, stage.answer, 1]);
      // The first one may be asked meanwhile, by a probe that looks whether it is back.
      expect(stage.calls('second')).toBe(asked + 1);
    },
  );

  it.each([true, false])(
    'is not sent where a request has just failed, much as spoke for that server (streams: %s)',
    async (streams) => {
      stage = await PeerStage.open(tool, { answers: 4, secondSpeed: 4 });
      stage.breakFirst({ kind: 'status', status: 500 });
      const heard = [await stage.ask(streams), await stage.ask(streams)];
      expect(heard.map(({ status, attempts }) => [status, attempts])).toEqual([
        [200, 2],
        [200, 1],
      ]);
    },
  );

  it('hears a 400 in the server’s own words, and nobody else gets it', async () => {
    stage = await PeerStage.open(tool);
    stage.breakFirst({ kind: 'status', status: 400 });
    const one = await stage.ask();
    expect([one.status, stage.calls('second')]).toEqual([400, 0]);
    expect(JSON.parse(one.raw)).toHaveProperty('error.message');
    // And nobody is blamed for it.
    stage.server('first').setFaults([]);
    const { status } = await stage.ask();
    expect([status, stage.calls('second')]).toEqual([200, 0]);
  });

  it('gets no false end where no other route is left', async () => {
    stage = await PeerStage.open(tool);
    for (const id of ['first', 'second'] as const)
      stage.server(id).setFaults({ repeat: [{ kind: 'die', afterChunks: 3 }] });
    const { raw, text } = await stage.ask();
    expect(raw).not.toMatch(/\[DONE\]|message_stop|"finish_reason":"/);
    expect(raw).toContain('error');
    expect(stage.answer.startsWith(text)).toBe(true);
    expect(text.length).toBeGreaterThan(0);
  });

  it('that leaves ends the call upstream within 100 ms, and nobody is blamed', async () => {
    stage = await PeerStage.open(tool);
    const { home } = stage;
    const first = stage.server('first');
    // The quickest of three: what is asked is how long we take, not how busy the machine is.
    const tookMs: number[] = [];
    const known = answersOf(first).length;
    for (const nth of [0, 1, 2]) {
      first.setFaults([{ kind: 'endless' }]);
      const call = () => answersOf(first)[known + nth];
      const leave = new AbortController();
      const asked = stage.ask(true, leave.signal).catch(() => null);
      await expect.poll(() => call()?.chunksSent ?? 0).toBeGreaterThan(3);
      const leftAtMs = Date.now();
      leave.abort();
      await expect.poll(() => call()?.endedAtMs).toBeDefined();
      tookMs.push((call()?.endedAtMs ?? Infinity) - leftAtMs);
      expect([call()?.end, await asked]).toEqual(['aborted', null]);
    }
    expect(Math.min(...tookMs)).toBeLessThan(100);
    const { client } = await home.connect();
    const { nodes } = await client.request(daemonRequests.health, {});
    const states = nodes.flatMap(({ routes }) => routes.map(({ state }) => state));
    expect(states.filter((state) => state !== 'healthy' && state !== 'unknown')).toEqual([]);
    const { status } = await stage.ask();
    expect([status, stage.calls('second')]).toEqual([200, 0]);
  });
});
