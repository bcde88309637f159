/**
 * What to expect of a model before anything was seen of it: coarse on purpose, and soon outweighed by what is measured.
 *
 * Ability: a logistic fit of the second-try pass rate on 46 priced models of aider's polyglot leaderboard (Apache-2.0,
 * 2025) on the price of a token and on whether the model reasons: R² 0.52, residual 16 points. Open models have no price
 * of their own and go by their size, a line through the same leaderboard's open models from 27 to 235 billion. Kinds of
 * task differ by a constant: repairing code is easier than writing it by about the half of what DevQualityEval v0.6
 * (MIT) shows, tests harder; for the others there is no measurement behind the constant, only judgement.
 *
 * Speed: orders of magnitude of its class, with the time a reasoning model thinks before its first word.
 */
import type { TaskKind } from '../engine/index.ts';
import { billionsOf, runsInCloud, sizeWordOf } from './model-name.ts';
import type { CatalogModel } from './lookup.ts';

export interface ModelTraits {
  readonly modelId: string;
  /** null: not in the catalogue. */
  readonly known: CatalogModel | null;
  /** Whether it runs on this machine. */
  readonly isLocal: boolean;
  readonly isDemo?: boolean;
}

export interface SpeedPrior {
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
}

const fit = { constant: -0.96, perPriceDecade: 0.68, reasoning: 1.24 } as const;
const bySize = { constant: -4.3, perSizeDecade: 1.95 } as const;
/** Beyond these the leaderboard has no model to vouch for. */
const skillRange = { lowest: -4, highest: 2 } as const;
/** For a name that tells nothing but how its vendor ranks it. */
const byWord = { small: -1.6, unknown: -0.9, large: 0.3 } as const;

/** Added to the skill, in logits: how much easier a kind is than writing code that passes its tests. */
const ease: Readonly<Record<TaskKind, number>> = {
  generate: 0,
  refactor: 0,
  test: -0.4,
  fix: 0.5,
  review: 0.5,
  chat: 1.5,
  explain: 2,
  document: 2,
  commit: 2.5,
};

/** Chance 0..1, never certain, that the model does a task of this kind well. */
export function capabilityPrior(traits: ModelTraits, kind: TaskKind): number {
  return 1 / (1 + Math.exp(-(skillOf(traits) + ease[kind])));
}

/** Milliseconds to the first token of a short prompt, and tokens a second after it. */
export function speedPrior(traits: ModelTraits): SpeedPrior {
  const isHere = traits.isLocal && traits.isDemo !== true && !runsInCloud(traits.modelId);
  const speed = isHere ? localSpeed(traits) : cloudSpeed(traits);
  const thinksFirst = traits.known?.capabilities.reasoning === true;
  return thinksFirst ? { ...speed, firstTokenMs: speed.firstTokenMs + 3_000 } : speed;
}

function skillOf({ modelId, known }: ModelTraits): number {
  const reasons = known?.capabilities.reasoning === true ? fit.reasoning : 0;
  const price = known?.classPricePerMTok ?? 0;
  const billions = billionsOf(modelId);
  const estimates = [
    ...(price > 0 ? [fit.constant + fit.perPriceDecade * Math.log10(price) + reasons] : []),
    ...(billions === null ? [] : [bySize.constant + bySize.perSizeDecade * Math.log10(billions)]),
  ];
  if (estimates.length === 0) return byWord[sizeWordOf(modelId) ?? 'unknown'] + reasons / 2;
  const mean = estimates.reduce((sum, each) => sum + each, 0) / estimates.length;
  return Math.min(Math.max(mean, skillRange.lowest), skillRange.highest);
}

/** One developer's machine: memory bandwidth divides by size. */
function localSpeed({ modelId }: ModelTraits): SpeedPrior {
  const billions = billionsOf(modelId) ?? 8;
  return {
    firstTokenMs: 500 + 60 * Math.min(billions, 100),
    tokensPerSecond: Math.max(3, Math.min(80, 300 / billions)),
  };
}

function cloudSpeed({ modelId, known }: ModelTraits): SpeedPrior {
  const price = known?.classPricePerMTok ?? 0;
  const size = price > 0 ? sizeOfPrice(price) : sizeWordOf(modelId);
  switch (size) {
    case 'small':
      return { firstTokenMs: 500, tokensPerSecond: 150 };
    case 'large':
      return { firstTokenMs: 1_200, tokensPerSecond: 50 };
    case null:
      return { firstTokenMs: 800, tokensPerSecond: 80 };
  }
}

function sizeOfPrice(outputPerMTok: number): 'small' | 'large' | null {
  if (outputPerMTok <= 2) return 'small';
  return outputPerMTok >= 20 ? 'large' : null;
}
