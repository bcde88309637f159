import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFailureKinds } from '../../../../test/support/engine-facts.ts';
import { failover, failureRules } from '../config/failover.ts';
import type { FailureKind } from '../model/attempt.ts';
import {
  createFailoverPlan,
  executeFailover,
  rollBackFailover,
  type AttemptFailure,
  type FailoverPlan,
  type FailoverPlanRequest,
  type FailoverStep,
} from './index.ts';

const routes = [
  { routeId: 'a/one', nodeId: 'a', contextWindow: 32_768 },
  { routeId: 'a/two', nodeId: 'a', contextWindow: 128_000 },
  { routeId: 'b/one', nodeId: 'b', contextWindow: 8_192 },
  { routeId: 'c/one', nodeId: 'c', contextWindow: 200_000 },
];
const plan = (changes: Partial<FailoverPlanRequest> = {}) =>
  createFailoverPlan({ routes, deadlineAtMs: 600_000, ...changes });
const failure = (kind: FailureKind, changes: Partial<AttemptFailure> = {}): AttemptFailure => ({
  routeId: 'a/one',
  kind,
  message: 'it broke',
  atMs: 1_000,
  emittedChars: 0,
  ...changes,
});
/** Where it goes, or why it ends. */
const outcome = (step: FailoverStep) => {
  if (step.type === 'transition') return step.to;
  return step.type === 'wait' ? `wait for ${step.routeId}` : step.reason;
};

describe('an answer that can not be taken back', () => {
  const able = { routes: routes.map((route) => ({ ...route, canContinue: route.routeId !== 'a/two' })) };
  const final = (changes: Partial<AttemptFailure> = {}) =>
    failure('stall', { emittedChars: 5, isFinal: true, ...changes });

  it('is gone on from, however short it is, by a route that can', () => {
    expect(executeFailover(plan(able), final())).toMatchObject({
      ...{ type: 'transition', to: 'b/one', mode: 'continue', continuesText: true },
    });
    expect(outcome(executeFailover(plan(), final()))).toBe('noRouteLeft');
  });

  it('is tried with the next one where a seam did not hold, and a few times at most', () => {
    const broken = final({ continuationFailed: true });
    expect(executeFailover(plan(able), broken)).toMatchObject({ to: 'b/one', continuesText: true });
    const used = { ...plan(able), continues: failover.maxContinuesWhenFinal };
    expect(outcome(executeFailover(used, broken))).toBe('noRouteLeft');
  });

  it('is never begun anew: not after a refusal, and not after a wait', () => {
    expect(outcome(executeFailover(plan(able), final({ kind: 'contentPolicy' })))).toBe('noRouteLeft');
    const soon = final({ kind: 'rateLimit', retryAfterMs: 10 });
    expect(outcome(executeFailover(plan(), soon))).toBe('noRouteLeft');
  });
});

describe('executeFailover', () => {
  it('goes to the next ranked route, and says from where and how', () => {
    expect(executeFailover(plan(), failure('server'))).toMatchObject({
      type: 'transition',
      from: 'a/one',
      to: 'a/two',
      mode: 'continue',
      plan: { tried: ['a/one'], skippedNodes: [] },
    });
  });

  it('restarts visibly once text was shown', () => {
    expect(executeFailover(plan(), failure('stall', { emittedChars: 5_000 }))).toMatchObject({
      mode: 'restart',
    });
  });

  it('has an answer for every kind of failure', () => {
    const next: Record<FailureKind, string> = {
      // The client's fault is not resent elsewhere.
      badRequest: 'notRetryable',
      // The route's own trouble: the next one, on the same node too.
      modelNotFound: 'a/two',
      rateLimit: 'a/two',
      overloaded: 'a/two',
      server: 'a/two',
      firstTokenTimeout: 'a/two',
      stall: 'a/two',
      truncated: 'a/two',
      empty: 'a/two',
      contentPolicy: 'a/two',
      // One call's own time ran out, the task's has not.
      deadline: 'a/two',
      // The node's trouble: its other routes would fail the same way.
      auth: 'b/one',
      billing: 'b/one',
      network: 'b/one',
      consentNeeded: 'b/one',
      windowClosed: 'b/one',
      // Only where there is more room.
      contextLength: 'a/two',
    };
    for (const kind of allFailureKinds) {
      expect([kind, outcome(executeFailover(plan(), failure(kind)))]).toEqual([kind, next[kind]]);
    }
    expect(Object.keys(failureRules).sort()).toEqual([...allFailureKinds].sort());
  });

  it('never goes back, and ends when nothing is left', () => {
    const visited = ['a/one'];
    let step = executeFailover(plan(), failure('server'));
    while (step.type === 'transition') {
      visited.push(step.to);
      step = executeFailover(step.plan, failure('server', { routeId: step.to }));
    }
    expect(visited).toEqual(['a/one', 'a/two', 'b/one', 'c/one']);
    expect(outcome(step)).toBe('noRouteLeft');
  });

  it('remembers what the node taught, through later failures', () => {
    const step = executeFailover(plan(), failure('network'));
    const later = executeFailover(step.plan, failure('server', { routeId: 'b/one' }));
    expect(outcome(later)).toBe('c/one');
    expect(later.plan.skippedNodes).toEqual(['a']);
    const onlyNode = plan({ routes: routes.slice(0, 2) });
    expect(outcome(executeFailover(onlyNode, failure('auth')))).toBe('noRouteLeft');
  });

  it('asks for a larger window than the one that was too small, from then on', () => {
    const first = executeFailover(plan(), failure('contextLength', { routeId: 'a/two' }));
    expect(outcome(first)).toBe('c/one');
    // Another kind of failure does not make the task shorter.
    const ranked = [routes[1]!, routes[3]!, routes[0]!, routes[2]!];
    const step = executeFailover(plan({ routes: ranked }), failure('contextLength', { routeId: 'a/two' }));
    expect(outcome(executeFailover(step.plan, failure('server', { routeId: 'c/one' })))).toBe('noRouteLeft');
  });

  it('after an unknown window only a stated one is worth a try', () => {
    const unknown = { routeId: 'x/one', nodeId: 'x', contextWindow: null };
    const other = { routeId: 'x/two', nodeId: 'x', contextWindow: null };
    const step = executeFailover(
      plan({ routes: [unknown, other, routes[2]!] }),
      failure('contextLength', { routeId: 'x/one' }),
    );
    expect(outcome(step)).toBe('b/one');
  });

  it('stops at the deadline of the task', () => {
    expect(outcome(executeFailover(plan(), failure('server', { atMs: 600_000 })))).toBe('deadline');
    expect(outcome(executeFailover(plan(), failure('server', { atMs: 599_999 })))).toBe('a/two');
    expect(outcome(executeFailover(plan(), failure('badRequest', { atMs: 700_000 })))).toBe('notRetryable');
  });

  it('stays within what the task may still cost', () => {
    const priced = [
      { ...routes[0]!, expectedCostUsd: 0.3 },
      { ...routes[1]!, expectedCostUsd: 0.3 },
      { ...routes[2]!, expectedCostUsd: 0.1 },
    ];
    const capped = plan({ routes: priced, maxCostUsd: 0.5 });
    const step = executeFailover(capped, failure('server', { costUsd: 0.3 }));
    expect(outcome(step)).toBe('b/one');
    expect(step.plan.remainingCostUsd).toBeCloseTo(0.2, 12);
    expect(outcome(executeFailover(capped, failure('server', { costUsd: 0.45 })))).toBe('costCap');
    expect(outcome(executeFailover(capped, failure('server')))).toBe('a/two');
  });

  it('an unknown cost passes until nothing is left', () => {
    const capped = plan({ maxCostUsd: 0.5 });
    expect(outcome(executeFailover(capped, failure('server', { costUsd: 0.4 })))).toBe('a/two');
    expect(outcome(executeFailover(capped, failure('server', { costUsd: 0.6 })))).toBe('costCap');
    expect(executeFailover(capped, failure('server', { costUsd: -1 })).plan.remainingCostUsd).toBe(0.5);
  });

  it('copes with a failure of a route that is not in the plan', () => {
    expect(outcome(executeFailover(plan(), failure('network', { routeId: 'gone/x' })))).toBe('a/one');
  });

  it('leaves the plan it was given alone, and gives plans that survive JSON', () => {
    const kinds = fc.array(
      fc.record({ kind: fc.constantFrom(...allFailureKinds), emittedText: fc.boolean() }),
    );
    fc.assert(
      fc.property(kinds, (failures) => {
        let current: FailoverPlan = plan({ maxCostUsd: 1 });
        let routeId = 'a/one';
        const seen = new Set<string>();
        for (const { kind, emittedText } of failures) {
          const before = JSON.stringify(current);
          const emittedChars = emittedText ? 1 : 0;
          const step = executeFailover(current, failure(kind, { routeId, emittedChars }));
          expect(JSON.stringify(current)).toBe(before);
          expect(JSON.parse(JSON.stringify(step))).toEqual(step);
          expect(step.plan.tried).toContain(routeId);
          if (step.type !== 'transition') return;
          seen.add(routeId);
          expect(seen.has(step.to)).toBe(false);
          expect(step.mode).toBe(emittedText ? 'restart' : 'continue');
          ({ plan: current, to: routeId } = step);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a transition in two phases', () => {
  it('rolls back to the next route when the target can not be prepared, and says what was in the way', () => {
    const broke = failure('server');
    const first = executeFailover(plan(), broke);
    const second = rollBackFailover(first.plan, { routeId: 'a/two', reason: 'gone' }, broke);
    expect([outcome(first), outcome(second)]).toEqual(['a/two', 'b/one']);
    expect(second).toMatchObject({ from: 'a/one', mode: 'continue' });
    const third = rollBackFailover(second.plan, { routeId: 'b/one', reason: 'gone' }, broke);
    const last = rollBackFailover(third.plan, { routeId: 'c/one', reason: 'gone' }, broke);
    expect(outcome(last)).toBe('noRouteLeft');
    const refused = rollBackFailover(third.plan, { routeId: 'c/one', reason: 'retryBudget' }, broke);
    expect(outcome(refused)).toBe('retryBudget');
  });

  it('goes nowhere that is not expected to answer before the deadline', () => {
    const timed = routes.map((route, index) => ({ ...route, expectedMs: index === 1 ? 5_000 : 500 }));
    const step = executeFailover(plan({ routes: timed, deadlineAtMs: 2_000 }), failure('server'));
    expect(outcome(step)).toBe('b/one');
    const late = plan({ routes: timed, deadlineAtMs: 1_400 });
    expect(outcome(executeFailover(late, failure('server')))).toBe('deadline');
  });

  it('takes a refused task to another family only', () => {
    const families = ['one', 'one', 'two', 'one'];
    const related = routes.map((route, index) => ({ ...route, family: families[index]! }));
    const step = executeFailover(plan({ routes: related }), failure('contentPolicy'));
    expect(outcome(step)).toBe('b/one');
    const again = executeFailover(step.plan, failure('contentPolicy', { routeId: 'b/one' }));
    expect(outcome(again)).toBe('noRouteLeft');
  });

  it('never makes a tool call again that somebody may have acted on', () => {
    for (const kind of allFailureKinds)
      expect(outcome(executeFailover(plan(), failure(kind, { emittedToolCall: true })))).toBe(
        'toolCallEmitted',
      );
  });
});

describe('waiting', () => {
  const single = plan({ routes: routes.slice(0, 1) });
  const limited = (retryAfterMs: number | null) => failure('rateLimit', { retryAfterMs });

  it('happens for a near reset when no other route is left, once', () => {
    const step = executeFailover(single, limited(5_000));
    expect(step).toMatchObject({ type: 'wait', routeId: 'a/one', untilMs: 6_000 });
    expect(outcome(executeFailover(step.plan, limited(5_000)))).toBe('noRouteLeft');
  });

  it('does not happen while another route is free, nor for a far or nameless reset, nor past the deadline', () => {
    expect(outcome(executeFailover(plan(), limited(5_000)))).toBe('a/two');
    for (const wait of [null, failover.maxWaitMs, 3_600_000, -5, Number.NaN])
      expect(outcome(executeFailover(single, limited(wait)))).toBe('noRouteLeft');
    const short = plan({ routes: routes.slice(0, 1), deadlineAtMs: 5_000 });
    expect(outcome(executeFailover(short, limited(5_000)))).toBe('noRouteLeft');
  });
});

describe('an answer that broke off', () => {
  const able = routes.map((route) => ({ ...route, canContinue: true }));
  const broke = failure('truncated', { emittedChars: 1_000 });

  it('is continued once by a route that can, and restarted after that', () => {
    const step = executeFailover(plan({ routes: able }), broke);
    expect(step).toMatchObject({ mode: 'continue', continuesText: true, to: 'a/two' });
    const next = executeFailover(step.plan, { ...broke, routeId: 'a/two' });
    expect(next).toMatchObject({ mode: 'restart', continuesText: false, to: 'b/one' });
  });

  it('is restarted where little was written, where the route can not go on, and after a refusal', () => {
    const restarts = [
      executeFailover(plan({ routes: able }), { ...broke, emittedChars: failover.minContinueChars - 1 }),
      executeFailover(plan(), broke),
      executeFailover(plan({ routes: able }), { ...broke, kind: 'contentPolicy' }),
    ];
    for (const step of restarts) expect(step).toMatchObject({ mode: 'restart', continuesText: false });
  });

  it('starts over on the same route when the seam does not hold, and is not continued again', () => {
    const step = executeFailover(plan({ routes: able }), broke);
    const over = executeFailover(step.plan, { ...broke, routeId: 'a/two', continuationFailed: true });
    expect(over).toMatchObject({ from: 'a/two', to: 'a/two', mode: 'restart', continuesText: false });
    const next = executeFailover(over.plan, { ...broke, routeId: 'a/two' });
    expect(next).toMatchObject({ to: 'b/one', mode: 'restart' });
  });
});
