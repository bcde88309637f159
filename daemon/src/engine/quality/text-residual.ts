/**
 * What the words of a prompt add to the table: a correction for shared difficulty, which words tell well, and one per
 * model for differences, which they tell poorly. Two strengths follow. A *probability* takes both, as far as
 * cross-validation found them true. A *choice* takes differences only as far as they were found to choose better:
 * difficulty moves all candidates alike, and a rewording must not turn the order of two near-equals.
 */
import { clampUnit } from '../math/clamp.ts';

/** Value of the heads for one prompt; the arrays stand in the table's order of models. */
export interface ResidualScores {
  readonly shared: number;
  readonly differences: ArrayLike<number>;
}

export interface ResidualSettings {
  /**
   * `additive`: chance + shared + difference. `proportional`: where differences could not be told from words at all,
   * difficulty scales every chance, so that a hard task narrows the gap between two models and an easy one widens it.
   * `constant`: where not even that was found, the table's gaps stand as they are, whatever the words: do no harm.
   */
  readonly shape: 'additive' | 'proportional' | 'constant';
  /** Factors that made the heads' values unbiased out of fold, 0..1.5. */
  readonly sharedScale: number;
  readonly differenceScale: number;
  /** Share of the differences that a choice takes: 0 where a table of classes chooses as well without them. */
  readonly choiceShare: number;
  /**
   * true: difficulty scales the chances that a choice compares. Between models that all probably fail, or all succeed,
   * there is less to win, so money decides sooner. Absent: a choice does not listen to difficulty.
   */
  readonly choiceByDifficulty?: boolean;
  /** Last step, on the log-odds: `slope * logit + offset`; makes chances come true out of fold. */
  readonly calibration: { readonly slope: number; readonly offset: number };
}

/** Within this distance of 0 and 1 corrections are bent, never cut: cut values would tie. */
const bend = 0.05;

/** Calibrated chances of success, each strictly between 0 and 1. */
export function correctedChances(
  table: readonly number[],
  scores: ResidualScores,
  settings: ResidualSettings,
): number[] {
  if (settings.shape !== 'constant') {
    return rawChances(table, scores, settings).map((chance) => calibrated(chance, settings.calibration));
  }
  const mean = meanOf(table);
  const level = calibrated(bent(mean + settings.sharedScale * scores.shared), settings.calibration);
  return table.map((chance) => bent(level + chance - mean));
}

function calibrated(chance: number, { slope, offset }: ResidualSettings['calibration']): number {
  const logOdds = Math.log(chance / (1 - chance));
  return 1 / (1 + Math.exp(-(slope * logOdds + offset)));
}

/** Before calibration. */
export function rawChances(
  table: readonly number[],
  scores: ResidualScores,
  {
    shape,
    sharedScale,
    differenceScale,
  }: Pick<ResidualSettings, 'shape' | 'sharedScale' | 'differenceScale'>,
): number[] {
  const shared = sharedScale * scores.shared;
  const mean = meanOf(table);
  return table.map((chance, model) => {
    if (shape === 'proportional') return bent(chance * easeOf(shared, mean));
    const difference = shape === 'constant' ? 0 : differenceScale * (scores.differences[model] ?? 0);
    return bent(chance + shared + difference);
  });
}

/** What to choose by: the table, as much of the differences as a choice takes, and difficulty where it may speak. */
export function choiceChances(
  table: readonly number[],
  scores: ResidualScores,
  settings: Pick<ResidualSettings, 'differenceScale' | 'choiceShare' | 'choiceByDifficulty'> & {
    readonly sharedScale?: number;
  },
): number[] {
  const share = settings.choiceShare * settings.differenceScale;
  const moved = table.map((chance, model) => clampUnit(chance + share * (scores.differences[model] ?? 0)));
  if (settings.choiceByDifficulty !== true) return moved;
  const ease = easeOf((settings.sharedScale ?? 0) * scores.shared, meanOf(table));
  return moved.map((chance) => bent(chance * ease));
}

/** By how much difficulty scales every chance; above 0, because below it the order of the models would turn round. */
function easeOf(shared: number, mean: number): number {
  return Math.max(bend, 1 + shared / Math.max(mean, bend));
}

function meanOf(chances: readonly number[]): number {
  return chances.reduce((sum, chance) => sum + chance, 0) / Math.max(1, chances.length);
}

/** Identity in the middle, towards 0 and 1 exponentially: rising everywhere, never there. */
function bent(chance: number): number {
  if (!(chance >= -50 && chance <= 50)) return 0.5;
  if (chance < bend) return Math.max(1e-9, bend * Math.exp((chance - bend) / bend));
  if (chance > 1 - bend) return Math.min(1 - 1e-9, 1 - bend * Math.exp((1 - bend - chance) / bend));
  return chance;
}
