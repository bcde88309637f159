/**
 * What is believed of each model, per task class: published outcomes as the prior, what the words of the prompt add,
 * and what the developer's grades say. The one writer of the capability states, and the one reader of graded answers.
 *
 * Only grades come in here. How a call ended says something of the route, never of the model: an outage cannot lower
 * what is believed of its ability.
 */
import { publishedAs } from '../../catalog/index.ts';
import type {
  Belief,
  CapabilityState,
  Clock,
  ModelPrior,
  Neighbour,
  QualityFacts,
  RouteFacts,
} from '../../engine/index.ts';
import {
  capabilityBelief,
  correctedChances,
  createModelPriors,
  integrateCapabilityScores,
  neighbourEvidence,
  readCapabilityState,
} from '../../engine/index.ts';
import type { Logger } from '../../platform/logger.ts';
import type { RoutingModel } from '../../routing-model/index.ts';
import type { Grade, GradedAnswerRecord, OutcomeRecord, StoredDecision } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Node, NodeModel } from '../nodes/node.ts';
import { SimilarTasks } from './similar-tasks.ts';
import { sketchOfText } from '../decide/task-reader.ts';
import type { ReadTask } from '../decide/task-reader.ts';

/** Capability of one route for one task, as the engine takes it. */
export interface RouteQuality {
  readonly capabilityPrior: number;
  readonly quality: QualityFacts;
}

export type QualityOf = (node: Pick<Node, 'isDemo'>, model: NodeModel) => RouteQuality;

/** Graded answers read back at a start. */
const rememberedGrades = 4_000;
/** A scripted model says nothing of the one it stands for, so a few grades move it. */
const demoStrength = 4;

export class QualityMemory {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #model: RoutingModel;
  readonly #priors: ReturnType<typeof createModelPriors>;
  /** By model as its node holds it: a changed model is another object, and a removed one is forgotten. */
  readonly #known = new WeakMap<NodeModel, Map<string, ModelPrior>>();
  readonly #states = new Map<string, CapabilityState>();
  #similar = new SimilarTasks();
  /** Graded answers per class and model. */
  readonly #counts = new Map<string, Set<string>>();

  constructor(
    deps: { readonly store: Store; readonly clock: Clock; readonly log: Logger },
    model: RoutingModel,
  ) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#model = model;
    this.#priors = createModelPriors(model.abilities);
    for (const { key, json } of deps.store.readEngineState('capability')) {
      const state = readCapabilityState(parseOrNull(json));
      if (state !== null) this.#states.set(key, state);
    }
    for (const answer of deps.store.gradedAnswers({ newest: rememberedGrades })) this.#remember(answer);
  }

  /** Looks up once what all routes of a decision share. */
  forTask({ understanding, sketch }: ReadTask): QualityOf {
    const { taskClass, qualityHeads } = understanding;
    const near = this.#similar.knows(taskClass)
      ? this.#similar.near(taskClass, sketchOfText(sketch))
      : nobody;
    const shared = qualityHeads?.[0] ?? null;
    const corrected = new Map<number, number>();
    return (node, model) => {
      const prior = this.#priorOf(node, model, taskClass);
      const key = modelKey({ isDemo: node.isDemo, modelId: model.modelId });
      const published = this.#corrected(prior.belief, shared, corrected);
      const neighbours = near.get(key);
      const similar = neighbours === undefined ? nothing : neighbourEvidence(neighbours);
      const belief = capabilityBelief(this.#states.get(key) ?? null, taskClass, published, similar);
      return {
        capabilityPrior: published.good / (published.good + published.bad),
        quality: {
          alpha: belief.good,
          beta: belief.bad,
          source: {
            prior: prior.basis,
            outcomes: this.#counts.get(`${taskClass} ${key}`)?.size ?? 0,
            similar: similar.good + similar.bad,
          },
        },
      };
    };
  }

  /** Lets go of every grade: they are cleared from the store too. */
  forget(): void {
    this.#states.clear();
    this.#counts.clear();
    this.#similar = new SimilarTasks();
  }

  /**
   * Learns from a grade: the answer is kept, and the model's state folded anew from all of its graded answers, so that
   * a repeated or changed grade never counts twice. A decision without an answer teaches nothing.
   */
  learn(stored: StoredDecision, grade: Grade): void {
    const answer = gradedAnswer(stored, grade, this.#clock.nowMs());
    if (answer === null) return;
    this.#store.saveGradedAnswer(answer);
    this.#remember(answer);
    const answers = this.#store.gradedAnswers({ model: answer.model });
    const { state, changed } = integrateCapabilityScores(null, answers);
    this.#states.set(answer.model, state);
    this.#store.saveEngineState([
      {
        area: 'capability',
        key: answer.model,
        json: JSON.stringify(state),
        updatedAtMs: this.#clock.nowMs(),
      },
    ]);
    if (changed !== null) this.#log.info('a model seems to have changed', { model: answer.model, changed });
  }

  #priorOf({ isDemo }: Pick<Node, 'isDemo'>, model: NodeModel, taskClass: string): ModelPrior {
    const known = this.#known.get(model)?.get(taskClass);
    if (known !== undefined) return known;
    const found = this.#priors.priorOf(publishedAs({ ...model, isDemo }, model.prices), taskClass);
    const prior = isDemo
      ? { ...found, basis: 'class' as const, belief: weighing(found.belief, demoStrength) }
      : found;
    const ofModel = this.#known.get(model) ?? new Map<string, ModelPrior>();
    this.#known.set(model, ofModel.set(taskClass, prior));
    return prior;
  }

  /** The prior with what the prompt's words say of its difficulty; as published where the guard keeps them silent. */
  #corrected(prior: Belief, shared: number | null, known: Map<number, number>): Belief {
    if (shared === null) return prior;
    const strength = prior.good + prior.bad;
    const published = prior.good / strength;
    let chance = known.get(published);
    if (chance === undefined) {
      chance =
        correctedChances([published], { shared, differences: [0] }, this.#model.residual)[0] ?? published;
      known.set(published, chance);
    }
    return { good: chance * strength, bad: (1 - chance) * strength };
  }

  #remember({ decisionId, model, taskClass, value, sketch }: GradedAnswerRecord): void {
    const key = `${taskClass} ${model}`;
    const counted = this.#counts.get(key) ?? new Set();
    this.#counts.set(key, counted.add(decisionId));
    if (sketch === null) return;
    this.#similar.remember({ decisionId, model, taskClass, grade: value, sketch: sketchOfText(sketch) });
  }
}

const nothing: Belief = { good: 0, bad: 0 };
const nobody: ReadonlyMap<string, readonly Neighbour[]> = new Map();

/** One model is one model on every node that serves it; a scripted one is never the real one of its name. */
function modelKey({ isDemo, modelId }: { readonly isDemo: boolean; readonly modelId: string }): string {
  return isDemo ? `demo ${modelId}` : modelId;
}

/** null: no answer was seen, so the grade is none of a model's ability. */
function gradedAnswer(stored: StoredDecision, grade: Grade, atMs: number): GradedAnswerRecord | null {
  const { decision, outcome } = stored;
  const route = decision.input.routes.find(({ routeId }) => routeId === outcome?.routeId);
  if (route === undefined || !wasSeen(outcome)) return null;
  const { chosen, propensity } = decision.selection;
  return {
    decisionId: decision.decisionId,
    model: modelKey(route),
    taskClass: decision.understanding?.taskClass ?? decision.kind,
    value: grade === 'good' ? 1 : 0,
    source: 'feedback',
    // Any other route answers because those before it failed, and that is no draw.
    propensity: route.routeId === chosen ? propensity : 1,
    expected: meanOf(route),
    sketch: decision.sketch ?? null,
    atMs,
  };
}

/** Whether there was something to judge: a whole answer, or the beginning of one that was cancelled. */
function wasSeen(outcome: OutcomeRecord | null): boolean {
  return (
    outcome?.status === 'succeeded' || (outcome?.status === 'cancelled' && outcome.firstTokenMs !== null)
  );
}

function meanOf({ quality, capabilityPrior }: RouteFacts): number {
  return quality === undefined ? capabilityPrior : quality.alpha / (quality.alpha + quality.beta);
}

function weighing({ good, bad }: Belief, strength: number): Belief {
  const factor = strength / (good + bad);
  return { good: good * factor, bad: bad * factor };
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
