/**
 * A world whose truth is known: routes that differ in skill, price and speed, tasks of every kind with a difficulty that
 * nobody sees. The router decides on facts that are roughly right; what then happens follows the truth.
 */
import {
  selectPrimaryRoute,
  type LoggedChoice,
  type PolicyLayer,
  type RouteFacts,
  type Selection,
  type SelectionInput,
  type TaskKind,
} from '@task-router/daemon/engine';
import { buildPerformance, buildRoute, buildTask } from '../../support/engine-facts.ts';
import type { Randomness } from '../base/randomness.ts';

const kinds: readonly TaskKind[] = ['explain', 'fix', 'refactor', 'test', 'review', 'generate'];

interface TrueRoute {
  readonly facts: RouteFacts;
  readonly skill: number;
  /** Added to the skill, by kind. */
  readonly affinity: Readonly<Record<string, number>>;
  /** Actual to expected. */
  readonly costFactor: number;
  readonly timeFactor: number;
}

export type Policy = PolicyLayer['policy'];

export class World {
  readonly #routes: readonly TrueRoute[];

  constructor(random: Randomness) {
    this.#routes = Array.from({ length: 5 }, (_, index) => {
      const skill = random.normal(1.4, 0.5);
      const affinity = Object.fromEntries(kinds.map((kind) => [kind, random.normal(0, 0.4)]));
      const price = 1.2 * 2 ** index;
      const facts = buildRoute({
        routeId: `node/model-${index}`,
        prices: { inputPerMTok: price / 4, outputPerMTok: price },
        // What is published is roughly right.
        capabilityPrior: logistic(skill + random.normal(0, 0.5)),
        performance: buildPerformance({
          firstTokenMs: random.between(300, 3_000),
          tokensPerSecond: random.between(20, 120),
          successes: 200,
          failures: 4,
          confidence: 20,
        }),
      });
      const factors = { costFactor: random.between(0.8, 1.3), timeFactor: random.between(0.7, 1.5) };
      return { facts, skill, affinity, ...factors };
    });
  }

  /** One logged task: decided under `policy` with the engine's exploration, ended as the world has it. */
  log(policy: Policy, other: Policy, random: Randomness): LoggedChoice & { readonly truth: number } {
    const { input, difficulty } = this.#task(policy, random);
    const selection = selectPrimaryRoute(input);
    const routeId = selection.chosen ?? '';
    const again = selectPrimaryRoute({ ...input, policy: layers(other) });
    const expected = expectedBy([selection, again], input);
    const at = expected(routeId)!;
    const route = this.#route(routeId);
    return {
      kind: input.task.kind,
      routeId,
      propensity: selection.propensity,
      target: targetOf(again),
      outcome: {
        success: random.chance(this.#chance(routeId, input.task.kind, difficulty)) ? 1 : 0,
        costUsd: (at.costUsd ?? 0) * route.costFactor * Math.exp(random.normal(0, 0.3)),
        totalMs: at.totalMs * route.timeFactor * Math.exp(random.normal(0, 0.4)),
      },
      expected,
      truth: this.#chance(routeId, input.task.kind, difficulty),
    };
  }

  /** Expected success and cost of new tasks under a policy: what an estimate is held against. */
  truth(
    policy: Policy,
    tasks: number,
    random: Randomness,
  ): { readonly success: number; readonly costUsd: number } {
    let [success, costUsd] = [0, 0];
    for (let index = 0; index < tasks; index += 1) {
      const { input, difficulty } = this.#task(policy, random);
      const selection = selectPrimaryRoute(input);
      for (const { routeId, propensity } of targetOf(selection)) {
        success += propensity * this.#chance(routeId, input.task.kind, difficulty);
        const cost = expectedBy([selection], input)(routeId)?.costUsd ?? 0;
        costUsd += propensity * cost * this.#route(routeId).costFactor * Math.exp(0.3 ** 2 / 2);
      }
    }
    return { success: success / tasks, costUsd: costUsd / tasks };
  }

  #task(policy: Policy, random: Randomness): { input: SelectionInput; difficulty: number } {
    const task = buildTask({
      kind: kinds[random.index(kinds.length)]!,
      inputTokens: Math.round(500 + random.exponential(6_000)),
      outputTokens: Math.round(200 + random.exponential(800)),
    });
    const input: SelectionInput = {
      task,
      routes: this.#routes.map(({ facts }) => facts),
      policy: layers(policy),
      seed: random.index(2 ** 31),
      exploration: { share: 0.1, extraCostLeftUsd: 100 },
    };
    return { input, difficulty: random.normal(0, 0.7) };
  }

  #chance(routeId: string, kind: string, difficulty: number): number {
    const { skill, affinity } = this.#route(routeId);
    return logistic(skill + (affinity[kind] ?? 0) - difficulty);
  }

  #route(routeId: string): TrueRoute {
    return this.#routes.find(({ facts }) => facts.routeId === routeId)!;
  }
}

function layers(policy: Policy): readonly PolicyLayer[] {
  return [{ level: 'user', name: 'config.jsonc', policy }];
}

function expectedBy(selections: readonly Selection[], input: SelectionInput): LoggedChoice['expected'] {
  return (routeId) => {
    for (const { candidates } of selections) {
      const found = candidates.find((each) => each.routeId === routeId);
      if (found?.eligible !== true) continue;
      const success = input.routes.find((route) => route.routeId === routeId)?.capabilityPrior ?? 0.5;
      return { success, costUsd: found.expected.costUsd, totalMs: found.expected.totalMs };
    }
    return null;
  };
}

function targetOf({ chosen, exploration }: Selection): LoggedChoice['target'] {
  if (chosen === null) return [];
  return exploration?.nearTies ?? [{ routeId: chosen, propensity: 1 }];
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
