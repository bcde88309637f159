/**
 * What to believe of a model before it did anything here.
 *
 * Known models have an ability on the log-odds scale, fused from published outcomes (scripts/routing/fit-abilities.ts).
 * A model that was not measured itself borrows from its relatives: same family and tier at another generation is close,
 * another tier is farther. What relatives do not tell comes from its class of price and size, wide on purpose, so that
 * a few own outcomes move it. Never zero: an unknown model is unknown, not bad.
 */
import { clamp } from '../math/clamp.ts';
import { beliefOf, type Belief } from './belief.ts';
import { parseModelName, type ModelName } from './model-name.ts';

export interface KnownModel {
  readonly id: string;
  /** Log-odds above or below the reference model on the same work. */
  readonly ability: number;
  /** Standard error of it. */
  readonly error: number;
  /** What it does better or worse than its ability, per task class, log-odds. */
  readonly classes: Readonly<Record<string, number>>;
}

/** Plain data of the trained file; see daemon/src/routing-model/. */
export interface AbilityTable {
  readonly models: readonly KnownModel[];
  /** Chance that a model of ability 0 does a task of this class well; `*` for every other class. */
  readonly levels: Readonly<Record<string, number>>;
  /** Ability a whole generation is worth inside a family. */
  readonly perGeneration: number;
  /** ability = base + slope * ln(billions of parameters), and of ln(US dollars per million tokens, in and out mixed). */
  readonly bySize: { readonly base: number; readonly slope: number };
  readonly byPrice: { readonly base: number; readonly slope: number };
  /** Where neither size nor price is known. */
  readonly unknown: number;
}

export interface ModelFacts {
  readonly modelId: string;
  /** US dollars per million tokens; null: unknown. Free says nothing of size either. */
  readonly prices: { readonly inputPerMTok: number; readonly outputPerMTok: number } | null;
}

export interface ModelPrior {
  readonly belief: Belief;
  /** `measured`: this model itself; `family`: relatives; `class`: price and size only. */
  readonly basis: 'measured' | 'family' | 'class';
  /** Ids of the published models behind it, nearest first, at most 3. */
  readonly relatives: readonly string[];
}

/** Outcomes' worth of belief. */
const priorStrengths = { measured: 20, family: 10, class: 4 } as const;

const noRelative = 0.05;
const maxAbility = 3;

/** Looks up names once; then each prior is a short loop. */
export function createModelPriors(table: AbilityTable): {
  priorOf(model: ModelFacts, taskClass: string): ModelPrior;
} {
  const known = table.models.map((model) => ({ model, name: parseModelName(model.id) }));
  const nearest = new Map<string, readonly Relative[]>();
  const relativesOf = (modelId: string): readonly Relative[] => {
    const found = nearest.get(modelId) ?? findRelatives(parseModelName(modelId), known, table.perGeneration);
    // A catalogue has hundreds of ids, a hostile list could have any number.
    if (nearest.size < 5_000) nearest.set(modelId, found);
    return found;
  };
  return {
    priorOf(model, taskClass) {
      return priorFrom(relativesOf(model.modelId), classAbility(model, table), taskClass, table);
    },
  };
}

interface Relative {
  readonly model: KnownModel;
  /** 0..1 */
  readonly likeness: number;
  /** Ability to add for the generations between. */
  readonly shift: number;
}

function findRelatives(
  name: ModelName,
  known: readonly { readonly model: KnownModel; readonly name: ModelName }[],
  perGeneration: number,
): readonly Relative[] {
  if (name.family === null) return [];
  return known
    .filter((other) => other.name.family === name.family)
    .map((other) => ({
      model: other.model,
      likeness: likenessOf(name, other.name),
      shift: clamp(generationsBetween(name, other.name) * perGeneration, -1.5, 1.5),
    }))
    .filter(({ likeness }) => likeness > noRelative)
    .sort((a, b) => b.likeness - a.likeness || (a.model.id < b.model.id ? -1 : 1))
    .slice(0, 5);
}

/** 1 for the same model; less for each thing that differs. */
function likenessOf(a: ModelName, b: ModelName): number {
  const tier = a.tier === b.tier ? 1 : 0.3;
  const generations = Math.abs(generationsBetween(a, b));
  const isVague = (a.generation === null) !== (b.generation === null);
  const sizes = a.sizeB === null || b.sizeB === null ? 0 : Math.abs(Math.log(a.sizeB / b.sizeB));
  const oneSize = (a.sizeB === null) !== (b.sizeB === null) ? 0.8 : 1;
  return tier * Math.exp(-1.2 * generations - 1.5 * sizes) * (isVague ? 0.5 : 1) * oneSize;
}

function generationsBetween(a: ModelName, b: ModelName): number {
  return a.generation === null || b.generation === null ? 0 : a.generation - b.generation;
}

function classAbility({ modelId, prices }: ModelFacts, table: AbilityTable): number {
  const { sizeB } = parseModelName(modelId);
  const blended = prices === null ? 0 : (3 * prices.inputPerMTok + prices.outputPerMTok) / 4;
  const byPrice = blended > 0 ? table.byPrice.base + table.byPrice.slope * Math.log(blended) : null;
  const bySize =
    sizeB !== null && sizeB > 0 ? table.bySize.base + table.bySize.slope * Math.log(sizeB) : null;
  const told = [byPrice, bySize].filter((ability) => ability !== null);
  const ability = told.length === 0 ? table.unknown : told.reduce((a, b) => a + b, 0) / told.length;
  return clamp(ability, -maxAbility, maxAbility);
}

function priorFrom(
  relatives: readonly Relative[],
  fallback: number,
  taskClass: string,
  table: AbilityTable,
): ModelPrior {
  const level = own(table.levels, taskClass) ?? table.levels['*'] ?? 0.7;
  const best = relatives[0]?.likeness ?? 0;
  // The class of price and size always has a small voice: it is all there is when relatives are far.
  let [weight, sum] = [0.15, 0.15 * fallback];
  for (const { model, likeness, shift } of relatives) {
    const share = (likeness * likeness) / (model.error * model.error + 0.05);
    weight += share;
    sum += share * (model.ability + (own(model.classes, taskClass) ?? 0) + shift);
  }
  const ability = clamp(sum / weight, -maxAbility, maxAbility);
  const mean = 1 / (1 + Math.exp(-(Math.log(level / (1 - level)) + ability)));
  const basis = best > 0.95 ? 'measured' : best > noRelative ? 'family' : 'class';
  const strength =
    basis === 'family'
      ? priorStrengths.class + (priorStrengths.family - priorStrengths.class) * best
      : priorStrengths[basis];
  return {
    belief: beliefOf(mean, strength),
    basis,
    relatives: relatives.slice(0, 3).map(({ model }) => model.id),
  };
}

/** A class may have any name, those of the prototype included. */
function own(values: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
