/**
 * Ours, on the engine's own code: `selectPrimaryRoute` decides on facts as dispatch makes them, the exploration account
 * and the pacer are booked after each decision, `integrateCapabilityScores` takes each graded outcome and watches for a
 * change of the model. The world's prices become US dollars, its speeds a speed prior that gives the same performance part.
 */
import {
  capabilityBelief,
  createExplorationAccount,
  explorationFacts,
  initialPacer,
  integrateCapabilityScores,
  objectiveWeights,
  pace,
  paceTargetUsd,
  selectPrimaryRoute,
  settleExploration,
  type Belief,
  type CapabilityState,
  type ExplorationAccount,
  type PacerState,
  type QualityFacts,
  type RouteFacts,
  type Selection,
  type Weights,
} from '@task-router/daemon/engine';
import { buildPerformance, buildRoute, buildTask } from '../../../support/engine-facts.ts';
import type { CreatePolicy, KnownModel, Policy, Task } from './policy.ts';

/** A task on the dearest model costs this. */
export const dearestUsd = 0.002;
/** Pseudo-calls of a published prior, and of the guess for a model of which nothing is published. */
const priorStrength = 20;
const unknownStrength = 4;
/** Calls the history part looks back on. */
const historyCalls = 500;
const task = buildTask({ kind: 'fix' });
const patienceMs = 20_000;

/**
 * The weights of a developer who wants what this world's utility wants: success against price, and no word on speed.
 * 2.16 is the ratio at which the logarithmic scale of costs comes closest to the world's linear one.
 */
export const matchedWeights: Weights = {
  capability: 1 / 3.16,
  performance: 0,
  resources: 2.16 / 3.16,
  history: 0,
};
export const balancedWeights: Weights = objectiveWeights.balanced;

export interface OursOptions {
  readonly weights: Weights;
  readonly explores: boolean;
  readonly detectsChange: boolean;
  /** US dollars for this many requests; null: no budget. */
  readonly budget: { readonly limitUsd: number; readonly requests: number } | null;
}

export function ours(options: OursOptions): CreatePolicy {
  return (random) => new Ours(options, () => random.index(2 ** 31));
}

class Ours implements Policy {
  readonly #options: OursOptions;
  readonly #nextSeed: () => number;
  readonly #states = new Map<number, CapabilityState>();
  readonly #calls = new Map<number, number>();
  #account: ExplorationAccount = createExplorationAccount(0);
  #pacer: PacerState = initialPacer;
  #spentUsd = 0;
  #last: Selection | null = null;
  #models: readonly KnownModel[] = [];

  constructor(options: OursOptions, nextSeed: () => number) {
    this.#options = options;
    this.#nextSeed = nextSeed;
  }

  choose({ taskClass, nowMs }: Task, models: readonly KnownModel[]): number {
    this.#models = models;
    const routes = models.map((model, at) => this.#facts(model, at, taskClass));
    this.#last = selectPrimaryRoute({
      task,
      routes,
      policy: [{ level: 'user', name: 'config.jsonc', policy: { weights: this.#options.weights } }],
      seed: this.#nextSeed(),
      pacing: this.#pacer,
      ...(this.#options.explores && { exploration: explorationFacts(this.#account, nowMs) }),
    });
    return routes.findIndex(({ routeId }) => routeId === this.#last?.chosen);
  }

  learn({ taskClass, nowMs, index }: Task, choice: number, success: boolean): void {
    const costUsd = dearestUsd * this.#models[choice]!.price;
    if (this.#last !== null)
      this.#account = settleExploration(this.#account, this.#last, { costUsd, atMs: nowMs });
    this.#pace(costUsd, index);
    this.#calls.set(choice, (this.#calls.get(choice) ?? 0) + 1);
    const { alpha, beta } = this.#posterior(choice, taskClass);
    const grade = {
      taskClass: String(taskClass),
      value: success ? 1 : 0,
      source: 'verifier' as const,
      propensity: this.#last?.propensity ?? 1,
      expected: alpha / (alpha + beta),
      atMs: nowMs,
    };
    const { state } = integrateCapabilityScores(this.#states.get(choice) ?? null, [grade]);
    // Without its sums the test never has the evidence for a change.
    this.#states.set(choice, this.#options.detectsChange ? state : { ...state, worseSum: 0, betterSum: 0 });
  }

  #pace(costUsd: number, index: number): void {
    const { budget } = this.#options;
    if (budget === null) return;
    const requestsLeft = budget.requests - index;
    const targetUsd = paceTargetUsd({ limitUsd: budget.limitUsd, spentUsd: this.#spentUsd, requestsLeft });
    this.#pacer = pace(this.#pacer, { spentUsd: costUsd, targetUsd });
    this.#spentUsd += costUsd;
  }

  #posterior(model: number, taskClass: number): QualityFacts {
    const state = this.#states.get(model) ?? null;
    const belief = capabilityBelief(state, String(taskClass), this.#prior(model, taskClass));
    return { alpha: belief.good, beta: belief.bad };
  }

  /** A model of which nothing is published is taken for an average one, and that is held loosely. */
  #prior(model: number, taskClass: number): Belief {
    const own = this.#models[model]?.prior?.[taskClass];
    const published = this.#models.flatMap(({ prior }) => (prior === null ? [] : [prior[taskClass]!]));
    const mean = own ?? published.reduce((sum, value) => sum + value, 0) / published.length;
    const strength = own === undefined ? unknownStrength : priorStrength;
    return { good: strength * mean, bad: strength * (1 - mean) };
  }

  #facts(model: KnownModel, at: number, taskClass: number): RouteFacts {
    // The world's price is one of a task; spread evenly over its tokens it gives just that.
    const perMTok = (dearestUsd * model.price * 1e6) / (task.inputTokens + task.outputTokens);
    const halfMs = Math.max(1, (patienceMs * (1 / model.speed - 1)) / 2);
    return buildRoute({
      routeId: `world/${model.name}`,
      prices: { inputPerMTok: perMTok, outputPerMTok: perMTok },
      quality: this.#posterior(at, taskClass),
      performance: buildPerformance({
        speedPrior: { firstTokenMs: halfMs, tokensPerSecond: (task.outputTokens * 1000) / halfMs },
        successes: Math.min(historyCalls, this.#calls.get(at) ?? 0),
      }),
      load: { inFlight: 0, slots: null },
    });
  }
}
