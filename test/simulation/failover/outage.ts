/**
 * One of three routes dies for a quarter of an hour: Poisson arrivals, one call a second, 1 % of the calls fail anyhow, and
 * a call that fails is made again on another route, twice at most. Calls that were under way when the fault began are no
 * policy's doing and are counted apart.
 */
import { Simulation } from '../base/simulation.ts';
import type { Breaker, Policy } from './policies.ts';

export type Fault = 'refuses' | 'hangs' | 'failsPartly';

export interface Outage {
  /** Calls sent to the dead route in vain, begun after the fault. */
  readonly burnt: number;
  /** Of them, those that were sent before the first one had ended: nobody could know yet. */
  readonly blind: number;
  /** Tasks without an answer. */
  readonly visibleErrors: number;
  /** Time lost on the dead route, per task of the outage, s. */
  readonly addedWaitS: number;
  /** From the fault's end until the route answers a task again, s. */
  readonly recoveryS: number;
  /** Attempts per task during the outage. */
  readonly amplification: number;
  /** Share of the time in which the healthy routes were out. */
  readonly benched: number;
  /** And in which others came before them, because they had just failed. */
  readonly passedOver: number;
}

const routes = 3;
const endMs = 3_600_000;
const fromMs = 600_000;
const toMs = 1_500_000;
const baseErrors = 0.01;
const callMs = 6_000;
const failMs = 200;
const timeoutMs = 20_000;
const maxRetries = 2;
const healthyS = (endMs / 1_000) * (routes - 1);

export function simulateOutage(policy: Policy, fault: Fault, seed: number): Outage {
  return new World(policy, fault, seed).run();
}

class World {
  readonly #simulation: Simulation;
  readonly #breakers: readonly Breaker[];
  readonly #fault: Fault;
  #burnt = 0;
  #blind = 0;
  #errors = 0;
  #waitMs = 0;
  #tasks = 0;
  #attempts = 0;
  #firstBurntEndMs = Infinity;
  #backMs: number | null = null;
  #benchedS = 0;
  #passedOverS = 0;

  constructor(policy: Policy, fault: Fault, seed: number) {
    this.#fault = fault;
    this.#simulation = new Simulation(seed);
    const luck = this.#simulation.random.fork('breakers');
    this.#breakers = Array.from({ length: routes }, (_, route) =>
      policy.create({
        uniform: () => luck.uniform(),
        probeAfter: (ms, result) =>
          this.#simulation.after(ms, () => result(!this.#isDown(route, luck.uniform()), this.#nowMs)),
      }),
    );
  }

  run(): Outage {
    this.#arrive();
    this.#watch();
    this.#simulation.run(endMs + 120_000);
    return {
      burnt: this.#burnt - this.#blind,
      blind: this.#blind,
      visibleErrors: this.#errors,
      addedWaitS: this.#waitMs / 1_000 / this.#tasks,
      recoveryS: ((this.#backMs ?? endMs) - toMs) / 1_000,
      amplification: this.#attempts / this.#tasks,
      benched: this.#benchedS / healthyS,
      passedOver: this.#passedOverS / healthyS,
    };
  }

  get #nowMs(): number {
    return this.#simulation.clock.nowMs();
  }

  get #inOutage(): boolean {
    return this.#nowMs >= fromMs && this.#nowMs < toMs;
  }

  #arrive(): void {
    const gaps = this.#simulation.random.fork('arrivals');
    const next = () => {
      if (this.#nowMs >= endMs) return;
      if (this.#inOutage) this.#tasks += 1;
      this.#attempt([], this.#inOutage);
      this.#simulation.after(gaps.exponential(1_000), next);
    };
    next();
  }

  /** Looks once a second which healthy routes are benched. */
  #watch(): void {
    const look = () => {
      if (this.#nowMs >= endMs) return;
      const healthy = this.#breakers.slice(1);
      this.#benchedS += healthy.filter((breaker) => !breaker.mayCall(this.#nowMs)).length;
      this.#passedOverS += healthy.filter((breaker) => breaker.isPassedOver?.(this.#nowMs)).length;
      this.#simulation.after(1_000, look);
    };
    look();
  }

  #attempt(tried: readonly number[], counts: boolean): void {
    const untried = [...this.#breakers.keys()].filter((route) => !tried.includes(route));
    const open = untried.filter((route) => this.#breakers[route]!.mayCall(this.#nowMs));
    // With nothing else left, a route that is out is better than no answer.
    const sound = open.filter((route) => this.#breakers[route]!.isPassedOver?.(this.#nowMs) !== true);
    const choice = sound.length > 0 ? sound : open.length > 0 ? open : untried;
    const route =
      choice[this.#simulation.random.fork(`choice ${this.#nowMs} ${tried.length}`).index(choice.length)];
    if (route === undefined) {
      this.#errors += 1;
      return;
    }
    if (counts) this.#attempts += 1;
    const luck = this.#simulation.random.fork(`luck ${this.#nowMs} ${route}`);
    const isDead = this.#isDown(route, luck.uniform());
    const failed = isDead || luck.chance(baseErrors);
    const hangs = isDead && this.#fault === 'hangs';
    const ms = failed ? (hangs ? timeoutMs : failMs) : callMs;
    if (isDead) this.#burn(ms);
    this.#simulation.after(ms, () => {
      this.#breakers[route]!.observe(failed, this.#nowMs, hangs);
      if (!failed && route === 0 && this.#nowMs - callMs >= toMs) this.#backMs ??= this.#nowMs - callMs;
      if (!failed) return;
      if (tried.length >= maxRetries) this.#errors += 1;
      else this.#attempt([...tried, route], counts);
    });
  }

  #burn(ms: number): void {
    this.#burnt += 1;
    this.#waitMs += ms;
    if (this.#nowMs < this.#firstBurntEndMs && this.#firstBurntEndMs !== Infinity) this.#blind += 1;
    this.#firstBurntEndMs = Math.min(this.#firstBurntEndMs, this.#nowMs + ms);
  }

  #isDown(route: number, luck: number): boolean {
    if (route !== 0 || !this.#inOutage) return false;
    return this.#fault === 'failsPartly' ? luck < 0.3 : true;
  }
}
