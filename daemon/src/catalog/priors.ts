/**
 * What to expect of a model before anything was seen of it here. How able it is, published outcomes say
 * (`engine/quality`, `routing-model/`); the catalogue adds under which name and price it is found there. Speed: orders
 * of magnitude of its class, with the time a reasoning model thinks before its first word.
 */
import type { Prices } from '@task-router/protocol';
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

/** Scripted models stand for real ones of their size, so that the demo fleet shows a choice as a developer will meet it. */
const demoStandsFor: Readonly<Record<string, string>> = {
  'demo-mini': 'gpt-4o-mini',
  'demo-large': 'claude-sonnet-4-5',
  'demo-wobbly:latest': 'qwen2.5-coder:7b',
};

/** Name and prices by which published outcomes of a model are looked up; prices are those of its class if need be. */
export interface PublishedAs {
  readonly modelId: string;
  readonly prices: Pick<Prices, 'inputPerMTok' | 'outputPerMTok'> | null;
}

export function publishedAs({ modelId, known, isDemo }: ModelTraits, prices: Prices | null): PublishedAs {
  if (isDemo === true)
    return {
      modelId: Object.hasOwn(demoStandsFor, modelId) ? (demoStandsFor[modelId] ?? modelId) : modelId,
      prices: null,
    };
  if (prices !== null && prices.outputPerMTok > 0) return { modelId, prices };
  const outputPerMTok = known?.classPricePerMTok ?? 0;
  // Vendors ask four times as much for a token written as for one read, more or less.
  return {
    modelId,
    prices: outputPerMTok > 0 ? { inputPerMTok: outputPerMTok / 4, outputPerMTok } : null,
  };
}

/** Milliseconds to the first token of a short prompt, and tokens a second after it. */
export function speedPrior(traits: ModelTraits): SpeedPrior {
  const isHere = traits.isLocal && traits.isDemo !== true && !runsInCloud(traits.modelId);
  const speed = isHere ? localSpeed(traits) : cloudSpeed(traits);
  const thinksFirst = traits.known?.capabilities.reasoning === true;
  return thinksFirst ? { ...speed, firstTokenMs: speed.firstTokenMs + 3_000 } : speed;
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
