/**
 * One ability per published model, out of boards that hardly share models: Aider's, SWE-bench's, LiveCodeBench's,
 * CodeRouterBench's classes, DevQualityEval. Each board has a level of its own, each model one ability on the log-odds
 * scale, and consecutive generations of one family are tied by what a generation is usually worth, which links boards of
 * different years. Shrunk throughout: boards are proxies.
 */
import { parseModelName, type AbilityTable, type KnownModel } from './engine.ts';

export interface BoardResult {
  readonly board: string;
  readonly modelId: string;
  /** Share of the board's tasks done, 0..1. */
  readonly share: number;
  /** How much one result of this board says, 1 for a whole modern board. */
  readonly weight: number;
  /** The task class the board measures; null: general. */
  readonly taskClass: string | null;
}

export interface PricedModel {
  readonly modelId: string;
  /** US dollars per million tokens, three parts input and one part output. */
  readonly blendedPerMTok: number;
}

const sweeps = 400;
/** Pull of every ability towards 0, and of a tie between consecutive generations. */
const pull = 0.05;
const tie = 0.4;
/** A board's result strays from a model's ability by about this much, log-odds. */
const boardError = 0.4;
/** Share of a deviation per class that is believed, and its bound. */
const classBelief = 0.5;
/** Boards are made hard so that they spread models; on everyday work the same models lie nearer together. */
const everydaySpread = 0.5;
const maxClassDeviation = 0.8;

/**
 * Chance that a model of ability 0 does a task well, as a developer judges it. No board measures this product's users:
 * these are starting points that outcomes soon replace, the same for all models, so they decide no choice.
 */
const levels = { '*': 0.75, agentic: 0.6, 'generate.algorithm': 0.6 };

export function fitAbilities(results: readonly BoardResult[], priced: readonly PricedModel[]): AbilityTable {
  const usable = results
    .filter(({ modelId }) => parseModelName(modelId).family !== null && !modelId.includes(' + '))
    .map((result) => ({ ...result, key: keyOf(result.modelId), y: logOdds(result.share) }));
  const keys = [...new Set(usable.map(({ key }) => key))].sort();
  const ties = tiesBetween(keys);
  const abilities = new Map(keys.map((key) => [key, 0]));
  const boards = new Map<string, number>();
  let perGeneration = 0.3;
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    for (const board of new Set(usable.map((result) => result.board))) {
      const own = usable.filter((result) => result.board === board);
      boards.set(board, weightedMean(own.map((r) => [r.y - (abilities.get(r.key) ?? 0), r.weight])));
    }
    for (const key of keys) {
      const own = usable.filter((result) => result.key === key);
      const tied = ties.flatMap(({ older, newer, generations }): [number, number][] => {
        if (newer === key) return [[(abilities.get(older) ?? 0) + perGeneration * generations, tie]];
        if (older === key) return [[(abilities.get(newer) ?? 0) - perGeneration * generations, tie]];
        return [];
      });
      const seen = own.map(({ y, board, weight }): [number, number] => [
        y - (boards.get(board) ?? 0),
        weight,
      ]);
      abilities.set(key, weightedMean([...seen, ...tied, [0, pull]]));
    }
    const steps = ties.map(({ older, newer, generations }): [number, number] => [
      ((abilities.get(newer) ?? 0) - (abilities.get(older) ?? 0)) / generations,
      generations,
    ]);
    perGeneration = Math.min(1, Math.max(0, weightedMean([...steps, [0.3, 2]])));
  }
  return toTable({ keys, usable, abilities, boards, perGeneration }, priced);
}

interface Fit {
  readonly keys: readonly string[];
  readonly usable: readonly (BoardResult & { readonly key: string; readonly y: number })[];
  readonly abilities: ReadonlyMap<string, number>;
  readonly boards: ReadonlyMap<string, number>;
  readonly perGeneration: number;
}

function toTable(fit: Fit, priced: readonly PricedModel[]): AbilityTable {
  // Ability 0 is the mean of the priced models: today's field, as a developer meets it.
  const zero = weightedMean(priced.map(({ modelId }) => [fit.abilities.get(keyOf(modelId)) ?? 0, 1]));
  const of = (key: string) => everydaySpread * ((fit.abilities.get(key) ?? 0) - zero);
  const models = fit.keys.map((key): KnownModel => {
    const own = fit.usable.filter((result) => result.key === key);
    const weight = own.reduce((sum, result) => sum + result.weight, 0);
    const classes = new Map<string, [number, number][]>();
    for (const { taskClass, y, board, weight: w } of own) {
      if (taskClass === null) continue;
      const deviation = y - (fit.boards.get(board) ?? 0) - (fit.abilities.get(key) ?? 0);
      classes.set(taskClass, [...(classes.get(taskClass) ?? []), [deviation, w]]);
    }
    return {
      id: own.map(({ modelId }) => modelId).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0] ?? key,
      ability: rounded(of(key)),
      error: rounded((everydaySpread * boardError) / Math.sqrt(Math.max(0.1, weight))),
      classes: Object.fromEntries(
        [...classes].map(([taskClass, deviations]) => [
          taskClass,
          rounded(bounded(everydaySpread * classBelief * weightedMean(deviations), maxClassDeviation)),
        ]),
      ),
    };
  });
  const sized = fit.keys.flatMap((key): [number, number][] => {
    const { sizeB } = parseModelName(key);
    return sizeB === null ? [] : [[Math.log(sizeB), of(key)]];
  });
  const prices = priced.map(({ modelId, blendedPerMTok }): [number, number] => [
    Math.log(blendedPerMTok),
    of(keyOf(modelId)),
  ]);
  const all = fit.keys.map(of).sort((a, b) => a - b);
  return {
    models,
    levels,
    perGeneration: rounded(everydaySpread * fit.perGeneration),
    bySize: lineThrough(sized),
    byPrice: lineThrough(prices),
    unknown: rounded(all[Math.floor(all.length / 2)] ?? 0),
  };
}

/** Spellings of one model share a key, which is itself an id that parses to the same name. */
function keyOf(modelId: string): string {
  const { family, tier, generation, sizeB } = parseModelName(modelId);
  const first = family === 'openai-o' ? `o${generation ?? ''}` : (family ?? '');
  const number = family === 'openai-o' || generation === null ? [] : [String(generation)];
  return [first, ...number, ...tier.split(' '), ...(sizeB === null ? [] : [`${sizeB}b`])]
    .filter((word) => word !== '')
    .join('-');
}

/** Neighbouring generations of one family, tier and size. */
function tiesBetween(keys: readonly string[]): { older: string; newer: string; generations: number }[] {
  const groups = new Map<string, { key: string; generation: number }[]>();
  for (const key of keys) {
    const { family, tier, generation, sizeB } = parseModelName(key);
    if (generation === null) continue;
    const group = JSON.stringify([family, tier, sizeB]);
    groups.set(group, [...(groups.get(group) ?? []), { key, generation }]);
  }
  return [...groups.values()].flatMap((members) => {
    const sorted = members.sort((a, b) => a.generation - b.generation);
    return sorted.slice(1).flatMap((newer, at) => {
      const older = sorted[at];
      return older === undefined
        ? []
        : [{ older: older.key, newer: newer.key, generations: newer.generation - older.generation }];
    });
  });
}

function lineThrough(points: readonly [number, number][]): { base: number; slope: number } {
  const [mx, my] = [weightedMean(points.map(([x]) => [x, 1])), weightedMean(points.map(([, y]) => [y, 1]))];
  const sxy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const sxx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const slope = sxx === 0 ? 0 : Math.max(0, sxy / sxx);
  return { base: rounded(my - slope * mx), slope: rounded(slope) };
}

function weightedMean(pairs: readonly (readonly [number, number])[]): number {
  const weight = pairs.reduce((sum, [, w]) => sum + w, 0);
  return weight === 0 ? 0 : pairs.reduce((sum, [value, w]) => sum + value * w, 0) / weight;
}

function logOdds(share: number): number {
  const inside = Math.min(0.97, Math.max(0.03, share));
  return Math.log(inside / (1 - inside));
}

function bounded(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
