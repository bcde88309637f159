/**
 * Toy language models that we write ourselves, so that a real engine can be tested without a download. Two kinds:
 * `random` is a transformer with random weights, which computes as a real one does and hardly ever ends by itself;
 * `bigram` has weights that make the network a table of which word follows which, so it writes words and ends its turn.
 *
 * Their text means nothing: what these tests show of an engine is how it streams, stops, overflows and shares its slots,
 * never how well a model writes.
 */
import { createRandom } from '@task-router/daemon/engine';
import { corpus } from './corpus.ts';
import { writeGguf } from './gguf.ts';
import type { GgufTensor, GgufValue } from './gguf.ts';
import { vocabulary } from './vocabulary.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface ToyModelOptions {
  readonly kind: 'random' | 'bigram';
  /** Tokens it was "made for"; a server may load it with fewer. */
  readonly contextTokens: number;
  readonly layers?: number;
  /** Width. For a bigram also one more than the number of words it knows, beside unknown, start and end. */
  readonly width?: number;
  readonly seed?: number;
}

const heads = 4;
/** Share of the plain frequency in what follows a word, so that nothing known is impossible. */
const smoothing = 0.02;
const impossible = -14;
/** Dimensions of a bigram before those of its words. */
const [unknownWord, startOfText, endOfText, firstWord] = [0, 1, 2, 3];

/** The bytes of a GGUF file. The same options give the same bytes on the same Node. */
export function toyModel(options: ToyModelOptions): Buffer {
  const { kind, contextTokens, layers = 2, width = 128, seed = 42 } = options;
  const words = kind === 'bigram' ? frequentWords(width - firstWord) : [];
  const vocab = vocabulary(words);
  const shape = { layers, width, feedForward: width * 2 };
  return writeGguf(
    metadata(kind, contextTokens, shape, vocab),
    kind === 'bigram' ? bigramTensors(shape, vocab, words, seed) : randomTensors(shape, vocab, seed),
  );
}

interface Shape {
  readonly layers: number;
  readonly width: number;
  readonly feedForward: number;
}

function metadata(
  kind: string,
  contextTokens: number,
  shape: Shape,
  { tokens }: Vocabulary,
): (readonly [string, GgufValue])[] {
  const count = (value: number): GgufValue => ({ type: 'u32', value });
  const id = (text: string) => count(tokens.findIndex((token) => token.text === text));
  return [
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['general.name', { type: 'string', value: `toy-${kind}` }],
    ['general.file_type', count(0)],
    ['general.quantization_version', count(2)],
    ['general.alignment', count(32)],
    ['llama.context_length', count(contextTokens)],
    ['llama.embedding_length', count(shape.width)],
    ['llama.block_count', count(shape.layers)],
    ['llama.feed_forward_length', count(shape.feedForward)],
    ['llama.attention.head_count', count(heads)],
    ['llama.attention.head_count_kv', count(heads)],
    ['llama.attention.layer_norm_rms_epsilon', { type: 'f32', value: 1e-6 }],
    ['llama.rope.dimension_count', count(shape.width / heads)],
    ['llama.rope.freq_base', { type: 'f32', value: 10_000 }],
    ['llama.vocab_size', count(tokens.length)],
    ['tokenizer.ggml.model', { type: 'string', value: 'llama' }],
    ['tokenizer.ggml.tokens', { type: 'strings', value: tokens.map(({ text }) => text) }],
    ['tokenizer.ggml.scores', { type: 'f32s', value: tokens.map(({ score }) => score) }],
    ['tokenizer.ggml.token_type', { type: 'i32s', value: tokens.map(({ kind: each }) => each) }],
    ['tokenizer.ggml.bos_token_id', id('<s>')],
    ['tokenizer.ggml.eos_token_id', id('<|im_end|>')],
    ['tokenizer.ggml.unknown_token_id', id('<unk>')],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: true }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
    // Left to its default it would be true, and the first word of each message another token.
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: false }],
  ];
}

function randomTensors(shape: Shape, { tokens }: Vocabulary, seed: number): GgufTensor[] {
  const normal = normals(seed);
  const { width } = shape;
  // Control and byte tokens hardly ever win: the answer stays text.
  const scale = tokens.map(({ kind }) => (kind === 1 ? 2 : 0.02) / Math.sqrt(width));
  return [
    tensor('token_embd.weight', [width, tokens.length], () => normal()),
    tensor('output_norm.weight', [width], () => 1),
    tensor(
      'output.weight',
      [width, tokens.length],
      (index) => normal() * (scale[Math.floor(index / width)] ?? 0),
    ),
    ...layerTensors(shape, normal, 1),
  ];
}

/**
 * One-hot words through layers that add nothing: the last norm sees the word itself, and the output matrix holds what
 * may follow it.
 */
function bigramTensors(
  shape: Shape,
  { tokens, idOfWord }: Vocabulary,
  words: readonly string[],
  seed: number,
): GgufTensor[] {
  const { width } = shape;
  const dimensionOf = new Map(words.map((word, index) => [idOfWord(word), index + firstWord]));
  const start = new Set(
    ['<s>', '<|im_start|>'].map((text) => tokens.findIndex((token) => token.text === text)),
  );
  const dimension = (id: number) => (start.has(id) ? startOfText : (dimensionOf.get(id) ?? unknownWord));
  const follows = followers(words);
  const end = tokens.findIndex(({ text }) => text === '<|im_end|>');
  const target = (id: number) => (id === end ? endOfText : (dimensionOf.get(id) ?? null));
  return [
    tensor('token_embd.weight', [width, tokens.length], (index) =>
      index % width === dimension(Math.floor(index / width)) ? 1 : 0,
    ),
    tensor('output_norm.weight', [width], () => 1 / Math.sqrt(width)),
    tensor('output.weight', [width, tokens.length], (index) => {
      const to = target(Math.floor(index / width));
      return to === null ? impossible : follows(index % width, to);
    }),
    ...layerTensors(shape, normals(seed), 0),
  ];
}

/** @param through 0: what a layer computes is thrown away, and it passes on what it was given */
function layerTensors(
  { layers, width, feedForward }: Shape,
  normal: () => number,
  through: 0 | 1,
): GgufTensor[] {
  const square = [width, width];
  return Array.from({ length: layers }, (_, layer) => {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    const scaled = (inputs: number) => () => normal() / Math.sqrt(inputs);
    return [
      tensor(name('attn_norm'), [width], () => 1),
      tensor(name('ffn_norm'), [width], () => 1),
      ...['attn_q', 'attn_k', 'attn_v'].map((part) => tensor(name(part), square, scaled(width))),
      tensor(name('attn_output'), square, () => (through * normal()) / Math.sqrt(width)),
      ...['ffn_gate', 'ffn_up'].map((part) => tensor(name(part), [width, feedForward], scaled(width))),
      tensor(name('ffn_down'), [feedForward, width], () => (through * normal()) / Math.sqrt(feedForward)),
    ];
  }).flat();
}

function tensor(name: string, dimensions: readonly number[], number: (index: number) => number): GgufTensor {
  const size = dimensions.reduce((product, each) => product * each, 1);
  return { name, dimensions, numbers: Float32Array.from({ length: size }, (_, index) => number(index)) };
}

/** Standard normal numbers by Box and Muller. */
function normals(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function paragraphs(): string[][] {
  return corpus.map((paragraph) => paragraph.match(/[A-Za-z'-]+|[.,:;!?]/g) ?? []);
}

function frequentWords(most: number): string[] {
  const counts = new Map<string, number>();
  for (const word of paragraphs().flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([word]) => word);
}

/** Logarithm of the chance that dimension `to` follows dimension `from`. */
function followers(words: readonly string[]): (from: number, to: number) => number {
  const dimensionOf = new Map(words.map((word, index) => [word, index + firstWord]));
  const pairs = new Map<string, number>();
  const [fromTotals, toTotals] = [new Map<number, number>(), new Map<number, number>()];
  const add = <Key>(map: Map<Key, number>, key: Key) => map.set(key, (map.get(key) ?? 0) + 1);
  for (const paragraph of paragraphs()) {
    const known = paragraph.map((word) => dimensionOf.get(word)).filter((each) => each !== undefined);
    const path = [startOfText, ...known, endOfText];
    path.slice(1).forEach((to, index) => {
      const from = path[index] ?? unknownWord;
      add(pairs, `${from} ${to}`);
      add(fromTotals, from);
      add(toTotals, to);
    });
  }
  const all = [...toTotals.values()].reduce((sum, each) => sum + each, 0);
  return (dimension, to) => {
    // After text that it does not know a sentence begins anew.
    const from = dimension === unknownWord ? startOfText : dimension;
    const share = (pairs.get(`${from} ${to}`) ?? 0) / (fromTotals.get(from) ?? 1);
    const chance = (1 - smoothing) * share + (smoothing * (toTotals.get(to) ?? 0)) / all;
    return Math.max(impossible, Math.log(chance));
  };
}
