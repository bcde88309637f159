/**
 * Every way of failing that gateways were measured by, in both formats, streamed and whole: another route answers within the
 * deadline and the next request knows; nothing hangs, is repeated, is cut in silence or gets an end that nobody sent.
 * What can be known at once runs with every commit (`test/integration/endpoint-failover.test.ts`).
 */
import { describe, expect, it } from 'vitest';
import { PeerStage, expectWholeStream, rows, tools } from '../support/endpoint-peers.ts';

/** As in `failover-peers.test.ts`: a hang costs the first-token timeout, a stall its own. */
const hangMs = 12_000;
const stallMs = 16_000;
const restMs = 3_000;

// Side by side: most of their time is waiting.
describe.concurrent.each(tools)('a tool that speaks as %s does', (tool) => {
  const slow = rows.filter(({ isSlow }) => isSlow === true);

  it.each(slow.flatMap((row) => [true, false].map((streams) => ({ ...row, streams }))))(
    'survives $name (streams: $streams)',
    async ({ fault, seen = 0, streams }) => {
      const stage = await PeerStage.open(tool, { answers: 4 });
      try {
        stage.breakFirst(fault);
        const one = await stage.ask(streams);
        expect([one.status, one.text]).toEqual([200, stage.answer]);
        if (streams) expectWholeStream(tool, one);
        expect(one.tookMs).toBeLessThan(restMs + (seen > 0 ? stallMs : hangMs));
        const two = await stage.ask(streams);
        // The first is not asked again, whatever a probe may ask of it meanwhile.
        expect([two.status, two.text, two.attempts]).toEqual([200, stage.answer, 1]);
        expect(two.route).not.toBe(stage.firstRoute);
        expect(two.tookMs).toBeLessThan(restMs);
      } finally {
        await stage.home.dispose();
      }
    },
  );
});
