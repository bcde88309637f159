/**
 * Trains what ships: class heads, the ground on which words may be believed, the head for shared difficulty, and the
 * abilities of published models. Deterministic: the same data give the same bytes.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readBoards, readPrices } from './boards.ts';
import { readClassSamples } from './class-samples.ts';
import { createTextFeatures, plainPrompt, taskClasses, type SparseVector } from './engine.ts';
import { fitAbilities } from './fit-abilities.ts';
import { defaultArenaOptions, fitArenaText } from './fit-arena.ts';
import { fitTable } from './fit-table.ts';
import { fitRidge } from './ridge.ts';
import { readOutcomes, type OutcomeRow } from './rows.ts';
import { quantile } from '../routing-metrics.ts';
import { matrixOf } from './training-matrix.ts';

/** What ships reads words into fewer buckets than the evaluation: it is read on every decision, and installed. */
const bits = 14;
const classStrength = 1;
/** Prompts outside this share of the measured lengths are unusual. */
const lengthTail = 0.01;

const notice =
  'Trained on CodeRouterBench (MIT), SWE-bench Verified with mini-SWE-agent (MIT), LiveCodeBench (MIT), RouteLLM MMLU and ' +
  'GSM8K (Apache-2.0), Aider boards (Apache-2.0), DevQualityEval (MIT) and requests written for this project (MIT); see ' +
  'data/routing/NOTICE.md. No held-out row, no row of an agentic out-of-distribution set or of RouterArena was used.';

/** The trained file's text. `say` gets one line a step. */
export function trainRoutingModel(folder: string, say: (line: string) => void): string {
  say('reading');
  const outcomes = readOutcomes(join(folder, 'coderouterbench_id.jsonl.gz'));
  const samples = readClassSamples(folder);
  const measured = outcomes.flatMap(({ prompt }) => prompt ?? []);
  const { idf, step } = quantizedIdf([...samples.map(({ prompt }) => prompt), ...measured]);
  const features = createTextFeatures({ bits, idf });

  say('class heads');
  const classes = fitClassHeads(
    samples.map(({ prompt }) => features.extract(prompt)),
    samples.map(({ taskClass }) => taskClasses.indexOf(taskClass)),
  );
  say('difficulty head and known ground');
  const { text, ground } = fitDifficulty(outcomes, idf, (prompt) => features.extract(prompt));
  say('abilities');
  const abilities = fitAbilities(readBoards(folder), readPrices(folder));

  const buckets = 2 ** bits;
  const columns = [
    ...columnsOf(classes.weights, taskClasses.length, buckets),
    ...text.landmarks.centers.map((center) => Float64Array.from(center)),
    ...columnsOf(Float64Array.from(text.heads.weights), text.heads.heads, buckets).slice(0, 1),
  ];
  const intercepts = [
    ...classes.intercepts,
    ...text.landmarks.centers.map(() => 0),
    text.heads.intercepts[0] ?? 0,
  ];
  const packed = packHeads(columns, buckets);
  const content = {
    notice,
    sets: [
      'coderouterbench_id',
      'swebench_verified_miniswe',
      'livecodebench_v5',
      'routellm_mmlu',
      'routellm_gsm8k',
    ],
    settings: {
      bits,
      classStrength,
      difficultyStrength: text.found.strengths.shared,
      difficultyExplained: rounded(text.found.explained.shared),
      rows: outcomes.length,
      rowsWithText: measured.length,
      classSamples: samples.length,
    },
    idf: { step, weights: base64(Uint8Array.from(idf, (weight) => Math.round((weight - 1) / step))) },
    heads: {
      count: columns.length,
      scales: packed.scales,
      intercepts: intercepts.map(rounded),
      weights: base64(packed.weights),
    },
    ground,
    residual: {
      shape: text.settings.shape,
      sharedScale: rounded(text.settings.sharedScale),
      differenceScale: 0,
      choiceShare: 0,
      calibration: {
        slope: rounded(text.settings.calibration.slope),
        offset: rounded(text.settings.calibration.offset),
      },
    },
    abilities,
  };
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
  return `${JSON.stringify({ format: 1, version, ...content }, null, 1)}\n`;
}

/** Rarity of each bucket among these prompts, in steps that fit a byte. */
function quantizedIdf(prompts: readonly string[]): { idf: Float32Array; step: number } {
  const plain = createTextFeatures({ bits });
  const counts = new Float64Array(plain.buckets);
  for (const prompt of prompts) {
    for (const bucket of plain.extract(prompt).indices) counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const exact = counts.map((rows) => Math.log((1 + prompts.length) / (1 + rows)));
  const step = rounded(exact.reduce((most, value) => Math.max(most, value), 0) / 255);
  return { step, idf: Float32Array.from(exact, (value) => 1 + step * Math.round(value / step)) };
}

function fitClassHeads(
  vectors: readonly SparseVector[],
  classes: readonly number[],
): { weights: Float64Array; intercepts: Float64Array } {
  const count = taskClasses.length;
  const targets = new Float64Array(vectors.length * count);
  for (const [row, own] of classes.entries()) targets[row * count + own] = 1;
  const [fit] = fitRidge(matrixOf(vectors, 2 ** bits), targets, count, {
    strengths: [classStrength],
    steps: 48,
  });
  if (fit === undefined) throw new Error('no fit');
  return fit;
}

function fitDifficulty(
  outcomes: readonly OutcomeRow[],
  idf: Float32Array,
  extract: (prompt: string) => SparseVector,
) {
  const models = [...new Set(outcomes.flatMap(({ results }) => [...results.keys()]))].sort();
  const text = fitArenaText(outcomes, fitTable(outcomes, models), true, {
    ...defaultArenaOptions,
    bits,
    withDifferences: false,
    vectorsOf: (prompts) => ({ idf, vectors: prompts.map(extract) }),
  });
  const lengths = outcomes
    .flatMap(({ prompt }) => (prompt === null ? [] : plainPrompt(prompt).length))
    .sort((a, b) => a - b);
  return {
    text,
    ground: {
      landmarks: text.landmarks.centers.length,
      minSimilarity: rounded(text.landmarks.minSimilarity),
      minChars: Math.floor(quantile(lengths, lengthTail)),
      maxChars: Math.ceil(quantile(lengths, 1 - lengthTail)),
    },
  };
}

function columnsOf(weights: Float64Array, count: number, buckets: number): Float64Array[] {
  return Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length: buckets }, (__, bucket) => weights[bucket * count + column] ?? 0),
  );
}

/** A byte a weight and a scale a head, bucket by bucket. */
function packHeads(
  columns: readonly Float64Array[],
  buckets: number,
): { weights: Int8Array; scales: number[] } {
  const scales = columns.map((column) =>
    rounded(column.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127),
  );
  const weights = new Int8Array(buckets * columns.length);
  for (const [head, column] of columns.entries()) {
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      const level = (column[bucket] ?? 0) / (scales[head] ?? 1);
      weights[bucket * columns.length + head] = Math.max(-127, Math.min(127, Math.round(level)));
    }
  }
  return { weights, scales };
}

function base64(bytes: Uint8Array | Int8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Six digits: enough, and the same on every machine. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
