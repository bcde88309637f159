/**
 * The areas together, as dispatch uses them, on a clock of the test's own: facts → selection → attempts with failover
 * → monitoring and health → the next facts. One call a second, three routes, one of which fails for a while.
 */
import { describe, expect, it } from 'vitest';
import { buildResult, buildRoute, buildTask } from '../../../test/support/engine-facts.ts';
import * as engine from './index.ts';
import type { FailureKind, PerformanceState, RouteFacts, RouteHealthState } from './index.ts';

interface Trouble {
  readonly routeId: string;
  readonly fromS: number;
  readonly toS: number;
  readonly kind: FailureKind;
  readonly share: number;
  readonly retryAfterMs?: number;
}

class Simulation {
  readonly #routes: readonly RouteFacts[];
  readonly #trouble: Trouble;
  readonly #random = engine.createRandom(5);
  readonly #performance = new Map<string, PerformanceState>();
  readonly #health = new Map<string, RouteHealthState>();
  readonly calls: { readonly atS: number; readonly routeId: string; readonly failed: boolean }[] = [];
  readonly transitions: string[] = [];
  visibleErrors = 0;

  constructor(routes: readonly RouteFacts[], trouble: Trouble) {
    this.#routes = routes;
    this.#trouble = trouble;
  }

  run(seconds: number): this {
    for (let atS = 0; atS < seconds; atS += 1) this.#task(atS);
    return this;
  }

  #task(atS: number): void {
    const nowMs = atS * 1_000;
    for (const [routeId, state] of this.#health) {
      if (state.untilMs !== null && state.untilMs <= nowMs)
        this.#note(routeId, { type: 'cooldownElapsed' }, nowMs);
    }
    const routes = this.#routes.map((route) => this.#facts(route, nowMs));
    const selection = engine.selectPrimaryRoute({ task: buildTask(), routes, policy: [], seed: atS });
    let routeId = selection.chosen;
    let plan = engine.createFailoverPlan({
      routes: selection.ranked.map((id) => routes.find((route) => route.routeId === id)!),
      deadlineAtMs: nowMs + 60_000,
    });
    while (routeId !== null && this.#attempt(routeId, nowMs)) {
      const { kind } = this.#trouble;
      const step = engine.executeFailover(plan, {
        routeId,
        kind,
        message: '',
        atMs: nowMs,
        emittedChars: 0,
      });
      plan = step.plan;
      routeId = step.type === 'transition' ? step.to : null;
    }
    if (routeId === null) this.visibleErrors += 1;
  }

  #facts(route: RouteFacts, nowMs: number): RouteFacts {
    const health = this.#health.get(route.routeId) ?? null;
    const performance = this.#performance.get(route.routeId) ?? null;
    return {
      ...route,
      health: health?.state ?? 'unknown',
      lastResort: engine.isLastResort(health),
      performance: engine.performanceFacts(performance, route.performance.speedPrior, nowMs),
    };
  }

  /** Whether it failed. */
  #attempt(routeId: string, nowMs: number): boolean {
    const { kind, share, fromS, toS, retryAfterMs } = this.#trouble;
    const inTrouble = routeId === this.#trouble.routeId && nowMs >= fromS * 1_000 && nowMs < toS * 1_000;
    const failed = inTrouble && this.#random.next() < share;
    const result = buildResult({
      routeId,
      endedAtMs: nowMs,
      ...(failed && {
        status: 'failed',
        failure: kind,
        firstTokenMs: null,
        retryAfterMs: retryAfterMs ?? null,
      }),
    });
    this.calls.push({ atS: nowMs / 1_000, routeId, failed });
    this.#performance.set(routeId, engine.monitorPerformance(this.#performance.get(routeId) ?? null, result));
    const event = engine.healthEventOf(result);
    if (event !== null) this.#note(routeId, event, nowMs);
    const need = engine.detectFailoverNeed(
      { routeId },
      engine.routeHealthFacts(this.#health.get(routeId) ?? null),
    );
    if (need.evidence !== null) this.#note(routeId, { type: 'alarm', evidence: need.evidence }, nowMs);
    return failed;
  }

  #note(routeId: string, event: engine.HealthEvent, nowMs: number): void {
    const { state, transition } = engine.integrateHealthMonitoring(
      this.#health.get(routeId) ?? null,
      event,
      nowMs,
    );
    this.#health.set(routeId, state);
    if (transition !== null) this.transitions.push(`${nowMs / 1_000} ${routeId}: ${transition.to}`);
  }
}

const best = buildRoute({ routeId: 'a/best', capabilityPrior: 0.9 });
const others = [
  buildRoute({ routeId: 'b/good', capabilityPrior: 0.7 }),
  buildRoute({ routeId: 'c/fair', capabilityPrior: 0.6 }),
];
const fleet = [best, ...others];

describe('an outage of the best route', () => {
  const outage = { routeId: 'a/best', fromS: 600, toS: 1_500, kind: 'server', share: 1 } as const;
  const simulation = new Simulation(fleet, outage).run(2_400);

  it('is visible to nobody', () => {
    expect(simulation.visibleErrors).toBe(0);
  });

  it('burns few calls', () => {
    // Three to notice; without probes out of band, one more after each cool-down that finds out.
    expect(simulation.calls.filter(({ failed }) => failed).length).toBeLessThanOrEqual(15);
  });

  it('ends within 90 s of the route being well again', () => {
    const back = simulation.calls.find(({ atS, routeId }) => atS >= 1_500 && routeId === 'a/best');
    expect(back?.atS).toBeLessThanOrEqual(1_590);
    const last = simulation.calls.slice(-60);
    expect(last.every(({ routeId }) => routeId === 'a/best')).toBe(true);
  });
});

describe('a rate limit', () => {
  it('is never violated: no call before the reset that was named', () => {
    const limit = {
      routeId: 'a/best',
      fromS: 100,
      toS: 101,
      kind: 'rateLimit',
      share: 1,
      retryAfterMs: 30_000,
    } as const;
    const { calls, visibleErrors } = new Simulation(fleet, limit).run(300);
    const during = calls.filter(({ atS, routeId }) => routeId === 'a/best' && atS > 100 && atS < 130);
    expect(during).toEqual([]);
    expect(calls.some(({ atS, routeId }) => routeId === 'a/best' && atS >= 130)).toBe(true);
    expect(visibleErrors).toBe(0);
  });
});

describe('a route that fails one call in three', () => {
  it('is noticed within 60 calls', () => {
    const flaky = { routeId: 'a/best', fromS: 100, toS: 1_000, kind: 'server', share: 0.33 } as const;
    const { transitions, calls } = new Simulation(fleet, flaky).run(400);
    const out = transitions.find((line) => line.endsWith('a/best: ejected'))!;
    const outS = Number(out.split(' ')[0]);
    expect(
      calls.filter(({ atS, routeId }) => routeId === 'a/best' && atS >= 100 && atS <= outS).length,
    ).toBeLessThan(60);
  });
});

describe('a lone route that is down', () => {
  it('is tried each time, so that its return is noticed at once', () => {
    const outage = { routeId: 'a/best', fromS: 10, toS: 100, kind: 'server', share: 1 } as const;
    const { calls, visibleErrors } = new Simulation([best], outage).run(120);
    expect(visibleErrors).toBe(90);
    expect(calls.filter(({ failed }) => !failed)).toHaveLength(30);
  });
});

describe('the public face', () => {
  it('has the functions of the specification that are built so far', () => {
    const named = [
      ...['selectPrimaryRoute', 'calculateRouteScore', 'allocateResources', 'detectFailoverNeed'],
      ...['executeFailover', 'cacheRoute', 'monitorPerformance', 'integrateHealthMonitoring'],
    ] as const;
    for (const name of named) expect(engine).toHaveProperty(name, expect.any(Function));
  });
});
