/**
 * One policy through one world, task by task in virtual time. Classes and outcomes come from streams of their own, so
 * that on one seed every policy meets the same tasks and the same luck.
 */
import { Simulation } from '../base/simulation.ts';
import type { CreatePolicy, Policy } from './policies/policy.ts';
import { createWorld, regressed, utility, type World, type WorldModel } from './world.ts';

export interface Scenario {
  readonly decisions: number;
  /** Before this decision the policy's favourite silently loses part of its success. */
  readonly regressionAt?: number;
  /** Before this decision the newcomer is there; `published`: its benchmark is known. */
  readonly newcomer?: { readonly at: number; readonly published: boolean };
}

/** What one decision came to. */
export interface Step {
  readonly regret: number;
  readonly price: number;
  readonly choice: number;
  /** Position of the model that was truly best. */
  readonly best: number;
}

/** A task a minute on average: a few days' work. */
const gapMs = 60_000;
const regressionFactor = 0.6;

export function runPolicy(create: CreatePolicy, scenario: Scenario, seed: number): readonly Step[] {
  const simulation = new Simulation(seed);
  const run = new Run(create, scenario, simulation);
  run.arrive();
  simulation.run();
  return run.steps;
}

class Run {
  readonly steps: Step[] = [];
  readonly #simulation: Simulation;
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #policy: Policy;
  readonly #streams;
  #models: readonly WorldModel[];

  constructor(create: CreatePolicy, scenario: Scenario, simulation: Simulation) {
    const { random } = simulation;
    this.#simulation = simulation;
    this.#scenario = scenario;
    this.#world = createWorld(random.fork('world'));
    this.#models = this.#world.models;
    this.#policy = create(random.fork('policy'));
    this.#streams = { gaps: random.fork('gaps'), classes: random.fork('classes'), luck: random.fork('luck') };
  }

  arrive(): void {
    this.#simulation.after(this.#streams.gaps.exponential(gapMs), () => {
      this.#changeWorld();
      this.#decide();
      if (this.steps.length < this.#scenario.decisions) this.arrive();
    });
  }

  #changeWorld(): void {
    const { regressionAt, newcomer } = this.#scenario;
    if (this.steps.length === regressionAt) {
      const favourite = this.#favourite();
      this.#models = this.#models.map((model, at) =>
        at === favourite ? regressed(model, regressionFactor) : model,
      );
    }
    if (this.steps.length === newcomer?.at) {
      const prior = newcomer.published ? this.#world.newcomer.prior : null;
      this.#models = [...this.#models, { ...this.#world.newcomer, prior }];
    }
  }

  #decide(): void {
    const task = {
      index: this.steps.length,
      taskClass: this.#streams.classes.pick(this.#world.mix),
      nowMs: this.#simulation.clock.nowMs(),
    };
    const choice = this.#policy.choose(task, this.#models);
    const model = this.#models[choice]!;
    const utilities = this.#models.map((each) => utility(each, task.taskClass));
    const top = Math.max(...utilities);
    this.steps.push({
      regret: top - utility(model, task.taskClass),
      price: model.price,
      choice,
      best: utilities.indexOf(top),
    });
    this.#policy.learn(task, choice, this.#streams.luck.chance(model.success[task.taskClass]!));
  }

  #favourite(): number {
    const uses = this.#models.map((_, at) => this.steps.filter(({ choice }) => choice === at).length);
    return uses.indexOf(Math.max(...uses));
  }
}
