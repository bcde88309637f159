/**
 * The trained part of route selection, as `npm run train` wrote it: one JSON file with its version, what it was trained
 * on, its settings and the licences of its data. Weights are bytes in base64; decoding takes milliseconds, once.
 */
import type { AbilityTable, ResidualSettings } from '../engine/quality/index.ts';
import { taskClasses, type UnderstandingModel } from '../engine/understanding/index.ts';
import stored from './weights.json' with { type: 'json' };

export interface RoutingModel {
  /** Changes with the weights; stored with each decision. */
  readonly version: string;
  /** What it was trained on and under which licences. */
  readonly notice: string;
  readonly sets: readonly string[];
  readonly settings: Readonly<Record<string, number>>;
  readonly understanding: UnderstandingModel;
  /** How the difficulty head moves a chance. */
  readonly residual: ResidualSettings;
  readonly abilities: AbilityTable;
}

/** Decodes the committed file. Throws when it is damaged: a daemon without it would route on nothing. */
export function loadRoutingModel(): RoutingModel {
  const { bits } = stored.settings;
  const buckets = 2 ** bits;
  const { count, scales, intercepts } = stored.heads;
  const idfSteps = bytesOf(stored.idf.weights);
  const weights = bytesOf(stored.heads.weights);
  if (
    stored.format !== 1 ||
    idfSteps.length !== buckets ||
    weights.length !== buckets * count ||
    count !== taskClasses.length + stored.ground.landmarks + 1
  ) {
    throw new Error('routing-model/weights.json is damaged or of another version: run `npm run train`');
  }
  return {
    version: stored.version,
    notice: stored.notice,
    sets: stored.sets,
    settings: stored.settings,
    understanding: {
      bits,
      idf: Float32Array.from(idfSteps, (steps) => 1 + stored.idf.step * steps),
      heads: {
        heads: count,
        weights: new Int8Array(weights.buffer, weights.byteOffset, weights.length),
        scales: Float32Array.from(scales),
        intercepts: Float32Array.from(intercepts),
      },
      ground: stored.ground,
    },
    residual: {
      ...stored.residual,
      shape: stored.residual.shape as ResidualSettings['shape'],
    },
    abilities: stored.abilities,
  };
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
