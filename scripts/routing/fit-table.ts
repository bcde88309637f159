/**
 * The table "class x model" from outcome rows: how likely each model does a task of each class, and what it costs.
 *
 * Two questions are kept apart, because benchmarks leave holes. *Which model is better* comes from the rows that all of
 * them answered (else the one that skipped the hard rows wins), or pair by pair where such rows are few; *how hard the
 * class is* comes from all rows. A small class leans on the pool of all classes. Cells that somebody filled in are no
 * measurements and count nowhere.
 */
import type { OutcomeRow } from './rows.ts';

/** Pseudo-rows by which a class leans on the pool. */
const poolStrength = 10;
/** Common rows at which a pair of models has half a voice. */
const pairStrength = 10;
/** Models are compared on the rows that all of them answered when there are so many, and so large a share. */
const minCommonRows = 30;
const minCommonShare = 0.1;

export interface CostCell {
  /** Rows behind the means. */
  readonly rows: number;
  readonly meanUsd: number | null;
  /** Mean tokens where input and output are told apart; null: never. */
  readonly tokens: { readonly input: number; readonly output: number } | null;
  /** Mean of all tokens, however told. */
  readonly tokensTotal: number | null;
}

export interface FittedClass {
  readonly rows: number;
  /** Per model of the table. */
  readonly chances: readonly number[];
  readonly costs: readonly CostCell[];
}

export interface FittedTable {
  readonly models: readonly string[];
  readonly classes: ReadonlyMap<string, FittedClass>;
  readonly pool: FittedClass;
}

/** A row as numbers: per model of the table the outcome, or null where there is none that counts. */
export interface TableRow {
  readonly category: string | null;
  readonly outcomes: readonly (number | null)[];
}

/** Outcomes that were measured. */
export function tableRows(rows: readonly OutcomeRow[], models: readonly string[]): TableRow[] {
  return rows.map(({ category, results }) => ({
    category,
    outcomes: models.map((model) => {
      const cell = results.get(model);
      return cell?.isMeasured === true ? cell.correct : null;
    }),
  }));
}

/** Fits the table. Categories that are null form no class; they count in the pool. */
export function fitTable(rows: readonly OutcomeRow[], models: readonly string[]): FittedTable {
  const numbers = tableRows(rows, models);
  const groups = new Map<string, number[]>();
  for (const [index, { category }] of rows.entries()) {
    if (category !== null) groups.set(category, [...(groups.get(category) ?? []), index]);
  }
  const everything = [...rows.keys()];
  const parts = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1));

  const overall = contrastsOf(pick(numbers, everything), models.length);
  const pool: FittedClass = {
    rows: rows.length,
    chances: chancesOf(overall.contrasts, overall.level),
    costs: models.map((model) => costOf(pick(rows, everything), model)),
  };
  const classes = new Map<string, FittedClass>();
  for (const [category, indices] of parts) {
    const own = contrastsOf(pick(numbers, indices), models.length);
    const lean = poolStrength / (indices.length + poolStrength);
    const contrasts = own.contrasts.map(
      (value, model) => value + lean * ((overall.contrasts[model] ?? 0) - value),
    );
    const level = own.level + lean * (overall.level - own.level);
    classes.set(category, {
      rows: indices.length,
      chances: chancesOf(contrasts, level),
      costs: models.map((model) => costOf(pick(rows, pick(indices, own.basis)), model)),
    });
  }
  return { models, classes, pool };
}

/**
 * Contrasts: by how much a model beats the others, averaged over the others, each compared on the rows that both
 * answered; on the rows that all answered this is the difference of means. They have mean 0. The level is the mean row,
 * corrected for who answered it. `basis` are the rows compared on.
 */
function contrastsOf(
  rows: readonly TableRow[],
  width: number,
): { readonly contrasts: number[]; readonly level: number; readonly basis: number[] } {
  const common = [...rows.keys()].filter((index) => rows[index]?.outcomes.every((y) => y !== null));
  const isEnough = common.length >= Math.max(minCommonRows, minCommonShare * rows.length);
  const basis = isEnough ? common : [...rows.keys()];
  const { sums, counts } = pairSums(pick(rows, basis), width);
  const raw = Array.from({ length: width }, (_, model) => {
    let [sum, weight] = [0, 0];
    for (let other = 0; other < width; other += 1) {
      const both = counts[model * width + other] ?? 0;
      if (other === model || both === 0) continue;
      // A pair that hardly met says little; from a few dozen common rows on, each pair has one voice.
      const voice = both / (both + pairStrength);
      sum += voice * ((sums[model * width + other] ?? 0) / both);
      weight += voice;
    }
    return weight === 0 ? 0 : (sum / weight) * (1 - 1 / width);
  });
  const mean = raw.reduce((a, b) => a + b, 0) / Math.max(1, width);
  const contrasts = raw.map((value) => value - mean);

  let [sum, answered] = [0, 0];
  for (const { outcomes } of rows) {
    const gaps = outcomes.flatMap((y, model) => (y === null ? [] : [y - (contrasts[model] ?? 0)]));
    if (gaps.length === 0) continue;
    sum += gaps.reduce((a, b) => a + b, 0) / gaps.length;
    answered += 1;
  }
  return { contrasts, level: answered === 0 ? 0.5 : sum / answered, basis };
}

/** Per ordered pair of models the sum of differences on rows that both answered, and their number. */
function pairSums(rows: readonly TableRow[], width: number): { sums: Float64Array; counts: Float64Array } {
  const [sums, counts] = [new Float64Array(width * width), new Float64Array(width * width)];
  for (const { outcomes } of rows) {
    for (const [model, own] of outcomes.entries()) {
      if (own === null) continue;
      for (const [other, theirs] of outcomes.entries()) {
        if (theirs === null) continue;
        const at = model * width + other;
        sums[at] = (sums[at] ?? 0) + own - theirs;
        counts[at] = (counts[at] ?? 0) + 1;
      }
    }
  }
  return { sums, counts };
}

function chancesOf(contrasts: readonly number[], level: number): number[] {
  return contrasts.map((contrast) => Math.min(0.98, Math.max(0.02, level + contrast)));
}

function costOf(rows: readonly OutcomeRow[], model: string): CostCell {
  const cells = rows.flatMap(({ results }) => results.get(model) ?? []).filter((cell) => cell.isMeasured);
  const costs = cells.flatMap(({ costUsd }) => costUsd ?? []);
  const split = cells.flatMap(({ tokensIn, tokensOut }) =>
    tokensIn === null || tokensOut === null ? [] : [{ input: tokensIn, output: tokensOut }],
  );
  const totals = cells.flatMap(({ tokensIn, tokensOut, tokensTotal }) =>
    tokensIn !== null && tokensOut !== null ? tokensIn + tokensOut : (tokensTotal ?? []),
  );
  return {
    rows: cells.length,
    meanUsd: meanOf(costs),
    tokens:
      split.length === 0
        ? null
        : {
            input: meanOf(split.map(({ input }) => input)) ?? 0,
            output: meanOf(split.map(({ output }) => output)) ?? 0,
          },
    tokensTotal: meanOf(totals),
  };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

function pick<Item>(items: readonly Item[], indices: readonly number[]): Item[] {
  return indices.flatMap((index) => {
    const item = items[index];
    return item === undefined ? [] : [item];
  });
}
