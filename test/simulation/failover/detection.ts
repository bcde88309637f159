/**
 * How soon a raised error rate is noticed, and how often a healthy route is accused: outcomes of one route, one after the
 * other, with no time in between that matters. 150 healthy calls at 1 % come first; a run is cut at 3,000 calls.
 */
import { Randomness } from '../base/randomness.ts';
import type { Breaker, Policy } from './policies.ts';

const healthyRate = 0.01;
const warmUpCalls = 150;
export const cutCalls = 3_000;

/** Calls until the alarm at quantile 0.5 and 0.95; `cutCalls` stands for "never". */
export function callsToNotice(policy: Policy, errorRate: number, runs: number): { p50: number; p95: number } {
  const delays = Array.from({ length: runs }, (_, run) => delay(policy, errorRate, run)).sort(
    (a, b) => a - b,
  );
  const at = (share: number) => delays[Math.min(runs - 1, Math.floor(runs * share))]!;
  return { p50: at(0.5), p95: at(0.95) };
}

function delay(policy: Policy, errorRate: number, run: number): number {
  const random = new Randomness(run).fork('outcomes');
  for (let attempt = 0; ; attempt += 1) {
    const breaker = fresh(policy, random);
    // A false alarm on the way is counted elsewhere; here the route begins anew.
    if (!warmUp(breaker, random)) continue;
    for (let call = 1; call <= cutCalls; call += 1) {
      if (breaker.observe(random.chance(errorRate), (warmUpCalls + call) * 1_000)) return call;
    }
    return cutCalls;
  }
}

function warmUp(breaker: Breaker, random: Randomness): boolean {
  for (let call = 1; call <= warmUpCalls; call += 1) {
    if (breaker.observe(random.chance(healthyRate), call * 1_000)) return false;
  }
  return true;
}

/** Alarms per 10,000 calls on a route that fails `errorRate` of them; it begins anew after each. */
export function falseAlarmsPer10k(policy: Policy, errorRate: number, calls: number): number {
  const random = new Randomness(7).fork('false alarms');
  let breaker = fresh(policy, random);
  let alarms = 0;
  for (let call = 1; call <= calls; call += 1) {
    if (!breaker.observe(random.chance(errorRate), call * 1_000)) continue;
    alarms += 1;
    breaker = fresh(policy, random);
  }
  return (alarms / calls) * 10_000;
}

function fresh(policy: Policy, random: Randomness): Breaker {
  return policy.create({ uniform: () => random.uniform(), probeAfter: () => undefined });
}
