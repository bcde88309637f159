/**
 * The bandit world of the engine's design: six models of known price, eight kinds of task, and a chance of success for
 * each pair that no policy sees. What is published of the models (the benchmark prior) is right in tendency and wrong
 * in detail. Utility = success - 0.35 x price; latency differs too, and the utility does not count it.
 */
import type { Randomness } from '../base/randomness.ts';

export interface WorldModel {
  readonly name: string;
  /** Of the dearest model; 0..1. */
  readonly price: number;
  /** What the specification's performance term sees, 0..1, higher is faster. */
  readonly speed: number;
  /** True chance of success per class. */
  readonly success: readonly number[];
  /** What is published of it, per class; null: nothing is. */
  readonly prior: readonly number[] | null;
}

export interface World {
  readonly models: readonly WorldModel[];
  /** Share of each class in the traffic. */
  readonly mix: readonly number[];
  /** A model that is not there yet: better for its price than all the others. */
  readonly newcomer: WorldModel;
}

const classCount = 8;
/** A success is worth this many prices of the dearest model. */
const priceWeight = 0.35;

const skills = [1.6, 1.3, 0.9, 0.5, 0.1, -0.4];
const prices = [1, 0.55, 0.3, 0.12, 0.05, 0.02];
const newcomerSkill = 1.6;
const newcomerPrice = 0.3;

export function createWorld(random: Randomness): World {
  const difficulties = Array.from({ length: classCount }, () => random.normal(0.2, 0.9));
  const model = (name: string, skill: number, price: number): WorldModel => {
    const affinities = difficulties.map(() => random.normal(0, 0.6));
    return {
      name,
      price,
      speed: random.between(0.3, 1),
      success: difficulties.map((difficulty, at) => logistic(skill - difficulty + affinities[at]!)),
      prior: difficulties.map((difficulty, at) =>
        logistic(skill - difficulty + 0.4 * affinities[at]! + random.normal(0, 0.5)),
      ),
    };
  };
  const models = skills.map((skill, at) => model(`m${at}`, skill, prices[at]!));
  const mix = random.dirichlet(classCount, 2);
  return { models, mix, newcomer: model('newcomer', newcomerSkill, newcomerPrice) };
}

/** What choosing the model is worth on average. */
export function utility(model: WorldModel, taskClass: number): number {
  return utilityOf(model.success[taskClass]!, model);
}

/** The same utility with a believed instead of the true chance. */
export function utilityOf(success: number, { price }: Pick<WorldModel, 'price'>): number {
  return success - priceWeight * price;
}

/** A silent regression: the published figures stay. */
export function regressed(model: WorldModel, factor: number): WorldModel {
  return { ...model, success: model.success.map((chance) => chance * factor) };
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
