/**
 * Calls of other tools through the router with real servers: what a tool gets, what is remembered, and what a name of a model
 * or a key decides.
 */
import { describe, expect, it } from 'vitest';
import { Shown, openaiAnswer, outsideCall } from '../support/outside-stage.ts';
import type { Script } from '../support/outside-stage.ts';
import {
  start,
  openai,
  says,
  fails,
  ask,
  withTools,
  oneAfterOther,
  answered,
  failed,
} from '../support/outside-plans.ts';

describe('an answer', () => {
  it('comes as text with the head first, and is remembered with the tool that asked', async () => {
    const { complete, store, events } = await start([openai('a', says('Because of Rayleigh.'))]);
    const { end, shown } = await complete(ask());
    const { head, finishReason, usage, passed, outcome } = answered(end);
    expect(shown.text).toBe('Because of Rayleigh.');
    expect(shown.heads).toEqual([head]);
    expect(head).toMatchObject({ routeId: 'a/m', attempts: 1 });
    expect([finishReason, usage.inputTokens, usage.outputTokens, passed]).toEqual(['stop', 10, 5, false]);
    expect(outcome).toMatchObject({ status: 'succeeded', attempts: 1 });
    const stored = store.readDecision(head.decisionId);
    expect(stored?.decision).toMatchObject({ client: 'tool', tool: { keyId: 'key-1', name: 'aider' } });
    expect(stored?.outcome).toMatchObject({ status: 'succeeded', outputTokens: 5 });
    // Nobody is connected who could hear of it.
    expect(events).toEqual([]);
  });

  it('is told to editors without its text', async () => {
    const { complete, connectEditor, events } = await start([
      openai('a', says('A long answer. '.repeat(20))),
    ]);
    connectEditor();
    await complete(ask());
    const ofTask = () =>
      events.map(({ type }) => type).filter((type) => !['health', 'spend', 'config'].includes(type));
    // Editors hear of it a moment later, all at once.
    await expect.poll(ofTask).toEqual(['taskStarted', 'decision', 'allocation', 'outcome']);
    const started = events.find((event) => event.type === 'taskStarted');
    expect(started).toMatchObject({ task: { tool: 'aider', title: 'Why is the sky blue?' } });
    expect(events.find((event) => event.type === 'decision')).toMatchObject({ decision: { tool: 'aider' } });
  });

  it('that is wanted whole comes at the end, from one attempt alone', async () => {
    const breaks: Script = ({ response }) => {
      const answer = openaiAnswer(response);
      answer.think('hm, hm, hm');
      answer.text('x'.repeat(100));
      setTimeout(() => response.destroy(), 20);
    };
    const { complete } = await start(oneAfterOther(breaks, says('whole')));
    const { end, shown } = await complete(ask(), { streams: false });
    expect([answered(end).head.attempts, shown.parts]).toEqual([2, [{ type: 'text', text: 'whole' }]]);
  });

  it('waits for a slow tool', async () => {
    const { router } = await start([
      openai('a', ({ response }) => {
        const answer = openaiAnswer(response);
        for (let piece = 0; piece < 20; piece += 1) answer.text(`piece ${piece} of the whole answer. `);
        answer.end();
      }),
    ]);
    const slow = new Shown();
    slow.slowAfter = 3;
    const end = await router.outside.complete(outsideCall(ask()), slow, new AbortController());
    expect(answered(end).finishReason).toBe('stop');
    expect(slow.drains).toBeGreaterThan(3);
    expect(slow.text).toMatch(/^piece 0 .*piece 19 of the whole answer\. $/s);
    expect(router.runningTasks).toBe(0);
  });

  it('ends with the call: upstream is left at once, and nothing is held against the route', async () => {
    const { complete, server, router } = await start([
      openai('a', ({ response }) => {
        openaiAnswer(response).text('A beginning that is long enough to be shown to the tool at once.');
      }),
    ]);
    // Of three, the fastest: what a busy machine adds is not ours.
    const tookMs: number[] = [];
    for (const round of [1, 2, 3]) {
      const cancel = new AbortController();
      const running = complete(ask(), {}, cancel);
      await expect.poll(() => server('a').bodies.length).toBe(round);
      const cancelledAtMs = performance.now();
      cancel.abort();
      expect((await running).end).toMatchObject({ type: 'cancelled' });
      await expect.poll(() => server('a').leftAtMs.length).toBe(round);
      tookMs.push(server('a').leftAtMs[round - 1]! - cancelledAtMs);
    }
    expect(Math.min(...tookMs)).toBeLessThan(100);
    const { nodes } = router.currentState('window');
    const route = nodes.flatMap(({ routes }) => routes)[0];
    expect(route?.state).not.toBe('ejected');
    expect(route).toMatchObject({ calls: 0 });
  });
});

it('a long prompt is read for what it has at the least once its answer has ended, and not before', async () => {
  const { complete, store } = await start([
    openai('a', ({ response }) => {
      const answer = openaiAnswer(response);
      answer.text('Because.');
      answer.end('stop', [12_000, 2]);
    }),
  ]);
  const known = (): number => store.readEngineState('context').length;
  const { end } = await complete(ask('do this thing '.repeat(3_000)));
  expect([end.type, known()]).toEqual(['answered', 0]);
  await expect.poll(known).toBe(1);
});

describe('names of models', () => {
  it('leave the choice to the router, or pin a route that nobody stands in for', async () => {
    const { complete, server, router } = await start([openai('a', fails(500)), openai('b', says('b'))]);
    const pinned = failed((await complete(ask(), { model: 'a/m' })).end);
    expect([pinned.code, pinned.kind, pinned.head?.attempts]).toEqual(['route.allFailed', 'server', 1]);
    expect(server('b').bodies).toEqual([]);
    for (const model of ['auto', 'auto-fast', 'auto-best']) {
      expect(answered((await complete(ask(), { model })).end).head.routeId).toBe('b/m');
    }
    expect(router.outside.models().map(({ id }) => id)).toEqual([
      ...['auto', 'auto-fast', 'auto-best', 'auto-local', 'a/m', 'b/m'],
    ]);
    expect(router.outside.countTokens({ model: 'auto', call: ask('x'.repeat(4_000)) })).toBeGreaterThan(500);
  });

  it('that nobody knows are refused, with the nearest ones', async () => {
    const { complete } = await start([openai('claude', says('yes'))]);
    const end = failed((await complete(ask(), { model: 'claud/m' })).end);
    expect([end.kind, end.head]).toEqual(['modelNotFound', null]);
    expect(end.message).toMatch(/claud\/m.*Nearest: claude\/m/);
  });

  it('take a pinned route at its word where nobody knows what it can do', async () => {
    const { complete } = await start([openai('a', says('yes'), { capabilities: {} })]);
    expect(failed((await complete(withTools(ask()))).end).code).toBe('route.none');
    expect((await complete(withTools(ask()), { model: 'a/m' })).shown.text).toBe('yes');
  });
});

describe('a key', () => {
  const priced = { prices: { inputPerMTok: 10, outputPerMTok: 1_000 } };
  const tool = { keyId: 'key-1', name: 'aider', policy: null, dailyBudgetUsd: 5 };

  it('has a budget of its own, which no other key pays into', async () => {
    const { complete, store } = await start([
      openai('a', says('yes'), { ...priced, maxOutputTokens: 1_000 }),
    ]);
    answered((await complete(ask(), { tool })).end);
    // 10 × 10 + 5 × 1,000 USD per million: half a cent is gone, and with a limit of little more the next one is too dear.
    expect(store.ledger.view(Date.now()).buckets.map(({ bucketId }) => bucketId)).toContainEqual(
      expect.stringMatching(/^money\/tool\/key-1\/day\//),
    );
    const low = { ...tool, dailyBudgetUsd: 0.006 };
    const refused = failed((await complete(ask(), { tool: low })).end);
    expect([refused.code, refused.kind]).toEqual(['budget.exceeded', 'billing']);
    expect(refused.message).toContain('aider');
    answered((await complete(ask(), { tool: { ...tool, keyId: 'key-2' } })).end);
  });

  it('may only tighten what the developer allows', async () => {
    const { complete } = await start([openai('a', says('a')), openai('b', says('b'))], {
      policy: { deny: ['a/*'] },
    });
    const open = { ...tool, dailyBudgetUsd: null, policy: { allow: ['*'] } };
    expect(answered((await complete(ask(), { tool: open })).end).head.routeId).toBe('b/m');
    const closed = { ...open, policy: { deny: ['b/*'] } };
    expect(failed((await complete(ask(), { tool: closed })).end).code).toBe('route.none');
  });
});
