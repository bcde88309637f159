/**
 * Answers questions: the chosen model and a chance of success for each candidate. A pure function of the rows fitted on
 * and the one question; what else is asked, and in which order, changes nothing.
 */
import { expectedUsd, priceLevel, typicalCell } from './costs.ts';
import {
  agenticEvidence,
  agenticFrom,
  choiceChances,
  correctedChances,
  createTextFeatures,
  plainPrompt,
  scoreHeads,
  type ResidualScores,
  type TextFeatures,
} from './engine.ts';
import { fitArenas, type Arena, type ArenaOptions, type ArenaText } from './fit-arena.ts';
import { lengthValue } from './fit-length.ts';
import type { CostCell, FittedClass } from './fit-table.ts';
import { similarityTo } from './landmarks.ts';
import type { OutcomeRow, Prices, Question } from './rows.ts';

/** Chance of success that one US dollar is worth; fixed on dev rows (docs/routing-quality.md). */
export const defaultLambda = 1;

export interface Decision {
  readonly id: string;
  readonly model: string;
  readonly scores: Readonly<Record<string, number>>;
}

export interface Router {
  decide(question: Question, lambda?: number): Decision;
}

/** Where the estimate of a question comes from. */
type Ground =
  /** Its class was measured. */
  | 'class'
  /** Its class is not known; the words, or where there are none the pool, speak. */
  | 'pool'
  /** Nothing like it was measured: the guard fired. */
  | 'unknown';

interface Candidate {
  readonly model: string;
  /** Calibrated. */
  readonly chance: number;
  /** To choose by. */
  readonly choiceChance: number;
  readonly cost: CostCell | null;
  readonly prices: Prices | null;
}

/** No row's category: they have at least one character. */
const noCategory = '';

interface Estimate {
  readonly ground: Ground;
  readonly base: FittedClass;
  readonly chances: readonly number[];
  readonly choiceChances: readonly number[];
}

/** What is known of the candidates: the arena of most of them, and each arena's estimate. */
interface Known {
  readonly arenas: readonly Arena[];
  readonly home: Arena | null;
  readonly estimateOf: (arena: Arena) => Estimate;
}

/** An arena whose agentic share is below has nothing to say about agentic work. */
const minAgenticShare = 0.02;

export function createRouter(
  rows: readonly OutcomeRow[],
  { lambda = defaultLambda, options }: { readonly lambda?: number; readonly options?: ArenaOptions } = {},
): Router {
  const arenas = fitArenas(rows, options);
  const extractors = new Map<ArenaText, TextFeatures>();
  const featuresOf = (text: ArenaText): TextFeatures => {
    const bits = Math.log2(text.idf.length);
    const features = extractors.get(text) ?? createTextFeatures({ bits, idf: text.idf });
    extractors.set(text, features);
    return features;
  };
  return {
    decide(question, price = lambda) {
      const estimates = new Map<Arena, Estimate>();
      const estimateOf = (arena: Arena): Estimate => {
        const made = estimates.get(arena) ?? estimate(arena, question, featuresOf);
        estimates.set(arena, made);
        return made;
      };
      const home = homeOf(arenas, question.models);
      const candidates = question.models.map((model) =>
        candidateOf(model, question.prices.get(model) ?? null, { arenas, home, estimateOf }),
      );
      const isKnown = home === null || estimateOf(home).ground !== 'unknown';
      const chosen = isKnown ? bestValue(candidates, price) : strongestAffordable(candidates);
      return {
        id: question.id,
        model: chosen.model,
        scores: Object.fromEntries(candidates.map(({ model, chance }) => [model, chance])),
      };
    },
  };
}

function estimate(arena: Arena, question: Question, featuresOf: (text: ArenaText) => TextFeatures): Estimate {
  const { table } = arena;
  const own = table.classes.get(question.category ?? noCategory);
  const base = own ?? table.pool;
  const text = question.prompt === null ? null : arena.text(own !== undefined);
  const said = text === null ? null : wordsOf(arena, text, question, featuresOf(text));
  const ground = own === undefined ? groundOf(arena, question, said) : 'class';
  return text === null || said === null
    ? { ground, base, chances: base.chances, choiceChances: base.chances }
    : {
        ground,
        base,
        chances: correctedChances(base.chances, said.scores, text.settings),
        choiceChances: choiceChances(base.chances, said.scores, text.settings),
      };
}

/** Ground of a question whose class was not measured. */
function groundOf({ table }: Arena, { category, prompt }: Question, said: Said | null): Ground {
  // A class that was named and never met is unknown, whatever its words look like.
  if (category !== null) return 'unknown';
  if (said !== null) return said.isClear ? 'pool' : 'unknown';
  // Words that are far from all known ones, or none at all.
  return prompt !== null && table.classes.size > 0 ? 'unknown' : 'pool';
}

interface Said {
  readonly scores: ResidualScores;
  /** Clearly on known ground. */
  readonly isClear: boolean;
}

/** What the words say; null: they lie off known ground, so they say nothing. */
function wordsOf(
  arena: Arena,
  text: ArenaText,
  { category, prompt }: Question,
  features: TextFeatures,
): Said | null {
  if (prompt === null) return null;
  const vector = features.extract(prompt);
  const similarity = similarityTo(text.landmarks, vector);
  if (similarity < text.landmarks.minSimilarity) return null;
  const isKnownClass = arena.table.classes.has(category ?? noCategory);
  if (!isKnownClass && isForeignAgentic(arena, prompt)) return null;
  const values = scoreHeads(text.heads, vector);
  return {
    scores: {
      shared: (values[0] ?? 0) + lengthValue(text.length, prompt),
      differences: values.subarray(1),
    },
    isClear: similarity >= text.landmarks.clearSimilarity,
  };
}

function isForeignAgentic(arena: Arena, prompt: string): boolean {
  return arena.agenticShare < minAgenticShare && agenticEvidence(plainPrompt(prompt)) >= agenticFrom;
}

/** The arena that knows most of the candidates; the one with more rows among equals. */
function homeOf(arenas: readonly Arena[], models: readonly string[]): Arena | null {
  const known = ({ table }: Arena) => models.filter((model) => table.models.includes(model)).length;
  const ranked = arenas
    .filter((arena) => known(arena) > 0)
    .sort((a, b) => known(b) - known(a) || b.table.pool.rows - a.table.pool.rows);
  return ranked[0] ?? null;
}

function candidateOf(model: string, prices: Prices | null, { arenas, home, estimateOf }: Known): Candidate {
  const arena = arenas.find(({ table }) => table.models.includes(model));
  if (arena === undefined) {
    const others = home === null ? null : estimateOf(home);
    const chance = unmeasuredChance(others, prices);
    const cost = others === null ? null : typicalCell(others.base.costs);
    return { model, chance, choiceChance: chance, cost, prices };
  }
  const at = arena.table.models.indexOf(model);
  const { base, chances, choiceChances: choice } = estimateOf(arena);
  return {
    model,
    chance: chances[at] ?? 0.5,
    choiceChance: choice[at] ?? 0.5,
    cost: base.costs[at] ?? null,
    prices,
  };
}

/** Log-odds that a tenfold price is worth, before any evidence; and where it is worth nothing. */
const perTenfoldPrice = 0.5;
const middlingPricePerMTok = 3;

/** A model without outcomes: what the others reach on average, moved a little by its price. */
function unmeasuredChance(home: Estimate | null, prices: Prices | null): number {
  const chances = home?.chances ?? [0.5];
  const mean = chances.reduce((a, b) => a + b, 0) / Math.max(1, chances.length);
  const level = priceLevel(null, prices);
  const shift = level === null || level <= 0 ? 0 : perTenfoldPrice * Math.log10(level / middlingPricePerMTok);
  return 1 / (1 + Math.exp(-(Math.log(mean / (1 - mean)) + Math.max(-1, Math.min(1, shift)))));
}

/** Greatest chance minus what the money is worth. An unknown cost counts as the dearest known one: never as free. */
function bestValue(candidates: readonly Candidate[], lambda: number): Candidate {
  const costs = candidates.map(({ cost, prices }) => expectedUsd(cost, prices));
  const dearest = Math.max(0, ...costs.filter((cost) => cost !== null));
  return first(
    candidates,
    ({ choiceChance }, at) => choiceChance - lambda * (costs[at] ?? dearest),
    ({ chance }) => chance,
  );
}

/** Within this factor of the highest price level a model belongs to the strongest class. */
const strongestWithin = 3;

/**
 * On unknown ground the measured order of near-equals does not carry over, but two things do: dearer classes of models
 * are stronger, and a cheaper member of a class is cheaper. So: the cheapest of the strongest price class. Without any
 * price, the best pooled chance.
 */
function strongestAffordable(candidates: readonly Candidate[]): Candidate {
  const levels = candidates.map(({ cost, prices }) => priceLevel(cost, prices));
  const highest = Math.max(0, ...levels.filter((level) => level !== null));
  const strongest = candidates.filter(
    (_, at) => (levels[at] ?? 0) * strongestWithin >= highest && highest > 0,
  );
  if (strongest.length === 0) return first(candidates, ({ choiceChance }) => choiceChance);
  return first(
    strongest,
    ({ cost, prices }) => -(expectedUsd(cost, prices) ?? Infinity),
    ({ chance }) => chance,
  );
}

/** Highest by the first measure, then the second, then the name: never the order of the candidates. */
function first(
  candidates: readonly Candidate[],
  by: (candidate: Candidate, at: number) => number,
  then: (candidate: Candidate) => number = () => 0,
): Candidate {
  const ranked = candidates
    .map((candidate, at) => ({ candidate, value: by(candidate, at) }))
    .sort(
      (a, b) =>
        b.value - a.value ||
        then(b.candidate) - then(a.candidate) ||
        (a.candidate.model < b.candidate.model ? -1 : 1),
    );
  const best = ranked[0]?.candidate;
  if (best === undefined) throw new RangeError('a question needs at least one model');
  return best;
}
