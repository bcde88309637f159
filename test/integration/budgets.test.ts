/** Budgets and spend, from outside: the whole daemon behind its socket, a model server with prices. */
import { daemonRequests } from '@task-router/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DemoServer, DemoServerOptions } from '../../daemon/src/demo/index.ts';
import { DaemonHome, answersOf, nodeOf, pricedModels } from '../support/daemon-home.ts';
import type { Window } from '../support/daemon-home.ts';

let daemon: DaemonHome;
beforeEach(() => {
  daemon = new DaemonHome();
});
afterEach(() => daemon.dispose());

/** Some cents an answer: a worst case of about 0.21 US dollars, because 4,096 tokens are held for it. */
const prices = { inputPerMTok: 10, outputPerMTok: 50 };
const day = (limitUsd: number, hard = true) => ({ scope: 'user', window: 'day', limitUsd, hard });

async function priced(
  budgets: readonly object[],
  options: DemoServerOptions = {},
): Promise<{ server: DemoServer; window: Window; config: (budgets: readonly object[]) => object }> {
  const server = await daemon.server('demo-fast', options);
  const config = (now: readonly object[]) => ({
    nodes: [nodeOf(server, 'paid', pricedModels(server, prices))],
    budgets: now,
  });
  await daemon.start(config(budgets));
  return { server, window: await daemon.connect(), config };
}

const spendOf = ({ client }: Window) => client.request(daemonRequests.spend, {});

describe('a hard budget', () => {
  it('ends a task of the command line with a code of its own; nothing is sent', async () => {
    const { server, window } = await priced([day(0.1)]);
    const error = await window.route('say hello').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'budget.exceeded',
      message: expect.stringMatching(
        /^The task may cost up to \$0\.21, and \$0\.10 of the budget of \$0\.10 a day \(config\.jsonc\) is left\. It begins anew in /,
      ) as string,
    });
    expect(answersOf(server)).toEqual([]);
    expect(window.of('question')).toEqual([]);
    expect(window.of('outcome')[0]?.outcome).toMatchObject({ status: 'failed', attempts: 0, costUsd: 0 });
  });

  it('stops a task of the editor and asks; it goes on when allowed once, and asks again the next time', async () => {
    const { server, window } = await priced([day(0.01)]);
    const result = window.route('say hello', { onBudget: 'ask' });
    const { taskId, question } = await window.until('question');
    expect(question).toMatchObject({ budget: '$0.01 a day (config.jsonc)', limitUsd: 0.01, spentUsd: 0 });
    expect(question?.neededUsd).toBeGreaterThan(0.2);
    expect(answersOf(server)).toEqual([]);
    const questionId = question?.questionId ?? '';
    const stranger = await daemon.connect();
    const answer = { taskId, questionId, answer: 'allowOnce' } as const;
    expect(await stranger.client.request(daemonRequests.answer, answer)).toEqual({ accepted: false });
    expect(await window.client.request(daemonRequests.answer, answer)).toEqual({ accepted: true });
    expect((await result).outcome.status).toBe('succeeded');
    expect(await window.client.request(daemonRequests.answer, answer)).toEqual({ accepted: false });
    expect(window.of('question', taskId).at(-1)).toMatchObject({ question: null });

    const cancel = new AbortController();
    const next = window.route('say hello again', { onBudget: 'ask' }, cancel.signal);
    const asked = await window.until(
      'question',
      (event) => event.question !== null && event.taskId !== taskId,
    );
    expect(asked.question?.spentUsd).toBeGreaterThan(0);
    cancel.abort();
    expect((await next).outcome).toMatchObject({ status: 'cancelled', attempts: 0 });
  });

  it('that is raised in config.jsonc lets the waiting task go on', async () => {
    const { window, config } = await priced([day(0.1)]);
    const result = window.route('say hello', { onBudget: 'ask' });
    const { taskId } = await window.until('question');
    daemon.writeConfig(config([day(5)]));
    // What saving the file in the editor does.
    await window.client.request(daemonRequests.spend, {});
    expect((await result).outcome.status).toBe('succeeded');
    expect(window.of('question', taskId).at(-1)).toMatchObject({ question: null });
  });

  it('is never overshot by many tasks at once, and what they hold only delays, never refuses', async () => {
    const { server, window } = await priced([day(0.5)]);
    const results = await Promise.all(Array.from({ length: 12 }, (_, n) => window.route(`say hello ${n}`)));
    expect(results.map(({ outcome }) => outcome.status)).toEqual(Array(12).fill('succeeded'));
    const { budgets, today } = await spendOf(window);
    expect(budgets[0]?.heldUsd).toBe(0);
    expect(budgets[0]?.settledUsd).toBeLessThanOrEqual(0.5);
    const costs = results.reduce((sum, { outcome }) => sum + (outcome.costUsd ?? NaN), 0);
    expect(today).toMatchObject({ calls: 12, unknownCalls: 0, plusMinusUsd: 0 });
    expect(today.settledUsd).toBeCloseTo(costs, 9);
    expect(answersOf(server)).toHaveLength(12);
  });

  it('does not stand in the way of what is free', async () => {
    const server = await daemon.server();
    await daemon.start({
      nodes: [nodeOf(server, 'near', { models: [{ id: 'demo-mini' }] })],
      budgets: [day(0)],
    });
    const window = await daemon.connect();
    expect((await window.route('say hello')).outcome).toMatchObject({ status: 'succeeded', costUsd: 0 });
  });
});

describe('an unknown price', () => {
  /** A name that a local server passes on to somebody's cloud, at a price that nobody told. */
  const cloud = 'gpt-oss:120b-cloud';

  it('is stopped by a hard budget alone, which says so', async () => {
    const server = await daemon.server('demo-flaky', { faults: [] });
    const nodes = [nodeOf(server, 'box', { models: [{ id: cloud }] })];
    await daemon.start({ nodes, budgets: [day(1)] });
    const window = await daemon.connect();
    await expect(window.route('say hello')).rejects.toMatchObject({
      code: 'budget.priceUnknown',
      message: expect.stringMatching(
        /^Nobody knows what .* costs, so the hard budget of \$1\.00 a day \(config\.jsonc\) does not let/,
      ) as string,
    });
    expect(answersOf(server)).toEqual([]);
    daemon.writeConfig({ nodes, budgets: [day(1, false)] });
    await window.route('say hello').catch(() => undefined);
    expect(
      answersOf(server).length + server.log().filter(({ path }) => path === '/api/chat').length,
    ).toBeGreaterThan(0);
    expect((await spendOf(window)).today.unknownCalls).toBeGreaterThan(0);
  });
});

describe('a soft budget', () => {
  it('warns once a day, also over a restart, and lets everything pass', async () => {
    const { window, config } = await priced([day(0.001, false)]);
    for (let n = 0; n < 3; n += 1) expect((await window.route('say hello')).outcome.status).toBe('succeeded');
    expect(window.of('budgetWarning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The soft budget of \$0\.00100 a day \(config\.jsonc\) is used up: /),
    ]);
    await window.client.close();
    await daemon.stop();
    await daemon.start(config([day(0.001, false)]));
    const later = await daemon.connect();
    await later.route('say hello');
    expect(later.of('budgetWarning')).toEqual([]);
  });
});

describe('a workspace', () => {
  const layer = (maxCostPerDayUsd: number) =>
    ({ level: 'folder', name: 'api', policy: { maxCostPerDayUsd } }) as const;

  it('may be stricter than the user, never looser', async () => {
    const { window } = await priced([day(0.3)]);
    await expect(window.route('say hello', { policy: [layer(0.1)] })).rejects.toMatchObject({
      code: 'budget.exceeded',
      message: expect.stringContaining('$0.10 a day (folder api)') as string,
    });
    expect((await window.route('say hello', { policy: [layer(1)] })).outcome.status).toBe('succeeded');
    const { budgets } = await spendOf(window);
    expect(budgets.map(({ name, scope }) => [name, scope])).toEqual([
      ['$0.30 a day (config.jsonc)', 'user'],
      ['$0.10 a day (folder api)', 'workspace'],
      ['$1.00 a day (folder api)', 'workspace'],
    ]);
  });
});

describe('the task’s own limit', () => {
  it('holds over all its attempts', async () => {
    const { window, server } = await priced([]);
    const task = { constraints: { maxCostUsd: 0.1 } };
    await expect(window.route('say hello', { task })).rejects.toMatchObject({ code: 'budget.exceeded' });
    expect(answersOf(server)).toEqual([]);
    const more = { constraints: { maxCostUsd: 0.5 } };
    expect((await window.route('say hello', { task: more })).outcome.status).toBe('succeeded');
  });
});

describe('an answer that a budget shortens', () => {
  it('is marked as cut, with the reason', async () => {
    let words = 20;
    const { window } = await priced([day(0.25)], { answer: () => 'word '.repeat(words) });
    await window.route('say hello');
    // The next one is longer than all that was seen and than what is left pays for.
    words = 20_000;
    const { outcome, taskId } = await window.route('say hello');
    expect(outcome.finishReason).toBe('length');
    expect(outcome.shortened?.maxOutputTokens).toBe(4_096);
    expect(outcome.shortened?.reason).toContain('budget');
    expect(window.of('allocation', taskId)[0]?.allocation.maxOutputTokens).toBe(4_096);
    const { decisionId } = await window.route('say hello').catch(() => ({ decisionId: null }));
    expect(decisionId).toBeNull();
    const { decisions } = await window.client.request(daemonRequests.decisions, { limit: 2 });
    const explained = await window.client.request(daemonRequests.explain, {
      decisionId: decisions[1]?.decisionId ?? '',
    });
    expect(explained.outcome?.shortened).toEqual(outcome.shortened);
  });
});

describe('spend', () => {
  it('compares predicted with settled, counts unknown prices, and survives a restart', async () => {
    const { window, config } = await priced([]);
    await window.route('say hello');
    const before = await spendOf(window);
    expect(before.providers).toMatchObject([{ provider: 'openai-compatible', calls: 1, isDrifting: false }]);
    expect(before.providers[0]?.ratio).toBeGreaterThan(0);
    expect((await window.until('spend', ({ spend }) => spend.today.calls === 1)).spend.today).toEqual(
      before.today,
    );
    await window.client.close();
    await daemon.stop();
    await daemon.start(config([]));
    const later = await daemon.connect();
    expect((await spendOf(later)).today).toEqual(before.today);
    expect(later.client.welcome.snapshot?.spend?.today).toEqual(before.today);
  });

  it('estimates what broke off, with an error bar', async () => {
    const { window } = await priced([], { faults: [{ kind: 'die', afterChunks: 5 }] });
    await expect(window.route('say hello')).rejects.toMatchObject({ code: 'route.allFailed' });
    const { today } = await spendOf(window);
    expect(today.calls).toBe(1);
    expect(today.settledUsd).toBeGreaterThan(0);
    expect(today.plusMinusUsd).toBeGreaterThan(0);
  });
});
