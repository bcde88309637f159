/**
 * All that is fitted on outcome rows whose models were compared with each other: an *arena*. Rows of another arena say
 * nothing about these models, so each arena has its own table, its own weights of words, and its own text heads.
 */
import {
  agenticEvidence,
  agenticFrom,
  createTextFeatures,
  plainPrompt,
  rawChances,
  type LinearHeads,
  type ResidualSettings,
  type SparseVector,
} from './engine.ts';
import { fitLength, lengthValue, type LengthTerm } from './fit-length.ts';
import { fitLogistic } from './fit-logistic.ts';
import { fitTable, tableRows, type FittedTable } from './fit-table.ts';
import { defaultTextFit, fitText, type TextFit, type TextFitOptions } from './fit-text.ts';
import { landmarksOf, type Landmarks } from './landmarks.ts';
import type { OutcomeRow } from './rows.ts';

export interface ArenaOptions {
  /** 2^bits text buckets. */
  readonly bits: number;
  readonly text: TextFitOptions;
  /** With fewer rows that have text, words are not read. */
  readonly minTextRows: number;
  /** false: shared difficulty alone. */
  readonly withDifferences: boolean;
  /** Another source of vectors with their idf; absent: made here, with the rarity of buckets among these prompts. */
  readonly vectorsOf?: (prompts: readonly string[]) => WeightedVectors;
}

export interface WeightedVectors {
  readonly idf: Float32Array;
  readonly vectors: SparseVector[];
}

/** Set by cross-validation on train and dev rows; see docs/routing-quality.md. */
export const defaultArenaOptions: ArenaOptions = {
  bits: 16,
  text: defaultTextFit,
  minTextRows: 60,
  withDifferences: true,
};

export interface ArenaText {
  readonly idf: Float32Array;
  /** One for shared difficulty, then one per model for its difference. */
  readonly heads: LinearHeads;
  readonly settings: ResidualSettings;
  /** What length adds to the value of the shared head. */
  readonly length: LengthTerm;
  readonly landmarks: Landmarks;
  /** What cross-validation found, for the report. */
  readonly found: Pick<TextFit, 'strengths' | 'explained' | 'differenceT'>;
}

export interface Arena {
  readonly table: FittedTable;
  /** Share of the rows with text that need an agent. */
  readonly agenticShare: number;
  /** Text heads on the errors of the class's table, or of the pool where the class is not known; null: too few rows. */
  text(byClass: boolean): ArenaText | null;
}

/** Groups rows by who was compared with whom, and fits each arena's table; text is fitted when first asked for. */
export function fitArenas(rows: readonly OutcomeRow[], options: ArenaOptions = defaultArenaOptions): Arena[] {
  // Sums of floating-point numbers depend on their order: sorted by id, the file's order does not matter.
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return groupByModels(sorted).map(({ models, members }) => {
    const table = fitTable(members, models);
    const prompts = members.flatMap(({ prompt }) => prompt ?? []);
    const agentic = prompts.filter((prompt) => agenticEvidence(plainPrompt(prompt)) >= agenticFrom);
    const fitted = new Map<boolean, ArenaText | null>();
    return {
      table,
      agenticShare: agentic.length / Math.max(1, prompts.length),
      text(byClass) {
        const known = fitted.get(byClass);
        if (known !== undefined) return known;
        const fit =
          prompts.length < options.minTextRows ? null : fitArenaText(members, table, byClass, options);
        fitted.set(byClass, fit);
        return fit;
      },
    };
  });
}

/** Rows as text vectors, weighted by how rare their buckets are among these rows. */
function weightedVectors(prompts: readonly string[], bits: number): WeightedVectors {
  const plain = createTextFeatures({ bits });
  const counts = new Float64Array(plain.buckets);
  for (const prompt of prompts) {
    for (const bucket of plain.extract(prompt).indices) counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const idf = Float32Array.from(counts, (rows) => Math.log((1 + prompts.length) / (1 + rows)) + 1);
  const weighted = createTextFeatures({ bits, idf });
  return { idf, vectors: prompts.map((prompt) => weighted.extract(prompt)) };
}

/** FNV-1a over UTF-16 units: puts rows into folds whatever their order; equal prompts share a fold. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Text heads, how far to trust them, and where. */
export function fitArenaText(
  rows: readonly OutcomeRow[],
  table: FittedTable,
  byClass: boolean,
  { bits, text, withDifferences, vectorsOf }: ArenaOptions,
): ArenaText {
  const width = table.models.length;
  const numbers = tableRows(rows, table.models);
  const entries = rows.flatMap((row, index) => {
    if (row.prompt === null) return [];
    const own = byClass ? table.classes.get(row.category ?? '') : undefined;
    return [{ row, prompt: row.prompt, outcomes: numbers[index]?.outcomes ?? [], base: own ?? table.pool }];
  });
  const prompts = entries.map(({ prompt }) => prompt);
  const { idf, vectors } = vectorsOf?.(prompts) ?? weightedVectors(prompts, bits);
  const errors = new Float64Array(entries.length * width).fill(Number.NaN);
  for (const [at, { outcomes, base }] of entries.entries()) {
    // Without the row's own share in the mean, which would make its error look smaller than it is.
    const leftOut = base.rows / Math.max(1, base.rows - 1);
    for (const [model, outcome] of outcomes.entries()) {
      if (outcome !== null) errors[at * width + model] = (outcome - (base.chances[model] ?? 0)) * leftOut;
    }
  }
  const folds = prompts.map((prompt) => textHash(prompt) % text.folds);
  const fit = fitText(vectors, 2 ** bits, { width, errors, folds }, text);
  const scales = unbiasedScales(fit.outOfFold, errors, width);
  const raw = withDifferences
    ? {
        ...scales,
        shape: shapeOf(
          fit,
          errors,
          entries.map(({ base }) => base.chances),
        ),
      }
    : { ...scales, differenceScale: 0, shape: 'additive' as const };
  const length = fitLength(prompts, (at) => {
    const own = errors.subarray(at * width, (at + 1) * width).filter((error) => !Number.isNaN(error));
    const mean = own.reduce((a, b) => a + b, 0) / Math.max(1, own.length);
    return mean - scales.sharedScale * (fit.outOfFold[at * (width + 1)] ?? 0);
  });
  const calibration = fitLogistic(
    entries.flatMap(({ prompt, outcomes, base }, at) => {
      const start = at * (width + 1);
      const chances = rawChances(
        base.chances,
        {
          shared: (fit.outOfFold[start] ?? 0) + lengthValue(length, prompt) / scales.sharedScale,
          differences: fit.outOfFold.subarray(start + 1, start + 1 + width),
        },
        raw,
      );
      return outcomes.flatMap((outcome, model) => {
        const chance = chances[model] ?? 0.5;
        return outcome === null ? [] : [{ logOdds: Math.log(chance / (1 - chance)), outcome }];
      });
    }),
  );
  return {
    idf,
    heads: {
      heads: width + 1,
      weights: Float32Array.from(fit.weights),
      scales: new Float32Array(width + 1).fill(1),
      intercepts: Float32Array.from(fit.intercepts),
    },
    // With its class known, the table says who is better: words only ever made that worse. But they say how much there
    // is to win, and so when to save money.
    settings: { ...raw, choiceShare: byClass ? 0 : 1, choiceByDifficulty: byClass, calibration },
    length: { ...length, slope: length.slope / scales.sharedScale },
    landmarks: landmarksOf(
      vectors,
      entries.map(({ row }) => row.category),
      2 ** bits,
    ),
    found: { strengths: fit.strengths, explained: fit.explained, differenceT: fit.differenceT },
  };
}

/** A difference counts as learnable when it beats none by this many standard errors out of fold. */
const learnableFrom = 1.64;

function shapeOf(
  { differenceT, outOfFold }: TextFit,
  errors: Float64Array,
  chances: readonly (readonly number[])[],
): ResidualSettings['shape'] {
  if (differenceT >= learnableFrom) return 'additive';
  return wideningT(outOfFold, errors, chances) >= learnableFrom ? 'proportional' : 'constant';
}

/** By how many standard errors the gaps of the table are found wider on rows that the words call easy. */
function wideningT(
  outOfFold: Float64Array,
  errors: Float64Array,
  chances: readonly (readonly number[])[],
): number {
  const widened = chances.map((table, row) => {
    const mean = table.reduce((a, b) => a + b, 0) / table.length;
    const ease = outOfFold[row * (table.length + 1)] ?? 0;
    return table.reduce((sum, chance, model) => {
      const error = errors[row * table.length + model] ?? Number.NaN;
      return Number.isNaN(error) ? sum : sum + ease * (chance - mean) * error;
    }, 0);
  });
  const mean = widened.reduce((a, b) => a + b, 0) / Math.max(1, widened.length);
  const squares = widened.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / Math.max(1, widened.length - 1) / Math.max(1, widened.length));
  return error === 0 ? 0 : mean / error;
}

/** Least squares of the errors on the out-of-fold values; the two are nearly orthogonal by construction. */
function unbiasedScales(
  outOfFold: Float64Array,
  errors: Float64Array,
  width: number,
): { sharedScale: number; differenceScale: number } {
  const sums = { ss: 0, dd: 0, se: 0, de: 0 };
  for (let at = 0; at < errors.length; at += 1) {
    const error = errors[at] ?? Number.NaN;
    if (Number.isNaN(error)) continue;
    const row = Math.floor(at / width);
    const shared = outOfFold[row * (width + 1)] ?? 0;
    const difference = outOfFold[row * (width + 1) + 1 + (at % width)] ?? 0;
    sums.ss += shared * shared;
    sums.dd += difference * difference;
    sums.se += shared * error;
    sums.de += difference * error;
  }
  // Never quite 0: the order of the rows stays, and with it the curve.
  const bounded = (value: number) => Math.min(1.5, Math.max(0.02, Number.isFinite(value) ? value : 0.02));
  return { sharedScale: bounded(sums.se / sums.ss), differenceScale: bounded(sums.de / sums.dd) };
}

/** Connected groups: two models belong together when a row has outcomes of both. */
function groupByModels(
  rows: readonly OutcomeRow[],
): { readonly models: readonly string[]; readonly members: readonly OutcomeRow[] }[] {
  const parent = new Map<string, string>();
  const rootOf = (model: string): string => {
    let root = model;
    for (let next = parent.get(root); next !== undefined && next !== root; next = parent.get(root))
      root = next;
    parent.set(model, root);
    return root;
  };
  for (const { results } of rows) {
    const [first, ...others] = results.keys();
    if (first === undefined) continue;
    const root = rootOf(first);
    for (const other of others) parent.set(rootOf(other), root);
  }
  const groups = new Map<string, { models: Set<string>; members: OutcomeRow[] }>();
  for (const row of rows) {
    const [first] = row.results.keys();
    if (first === undefined) continue;
    const root = rootOf(first);
    const group = groups.get(root) ?? { models: new Set(), members: [] };
    for (const model of row.results.keys()) group.models.add(model);
    group.members.push(row);
    groups.set(root, group);
  }
  return [...groups.values()].map(({ models, members }) => ({ models: [...models].sort(), members }));
}
