/**
 * What understanding a prompt costs, everything included: features, heads, rules, language, guard. Prompts of three
 * sizes, no two alike. `baseline` splits the same prompt into words and counts them in a map, in the same run: the
 * least that any reader of words does. `quietP99Us` is the p99 of the quietest round: on a machine with
 * more work than cores the other shows its scheduler. `loadMs` is decoding the weights, once a start.
 */
import { createRandom, createUnderstander } from '@task-router/daemon/engine';
import { loadRoutingModel } from '../../daemon/src/routing-model/index.ts';
import type { Measured } from './report.ts';

export const name = 'understanding';

const seed = 20_261_122;
const rounds = 11;
const calls = 400;
const sizes = [200, 2_000, 8_000];
const words =
  'fix the parser so that it returns an empty list when input is null and add tests for this case because users see ' +
  'an error in production please explain why async function handler throws when request body has no json content';
const lines = [
  'export async function handle(request: Request): Promise<Response> {',
  '  const body = await request.json();',
  '  if (items.length === 0) return [];',
  'Traceback (most recent call last):',
  '  File "/srv/app/main.py", line 42, in run',
  "TypeError: Cannot read properties of undefined (reading 'map')",
];

export function run(): Promise<Measured> {
  const startedAt = performance.now();
  const model = loadRoutingModel();
  const loadMs = performance.now() - startedAt;
  const understander = createUnderstander(model.understanding);
  const { next } = createRandom(seed);
  const work = {
    understand: (prompt: string) => understander.understand({ prompt }).kind.length,
    baseline: countWords,
  };
  const rows = sizes.map((chars) => {
    const prompts = Array.from({ length: 64 }, () => buildPrompt(chars, next));
    const taken = { understand: [] as Times[], baseline: [] as Times[] };
    for (const one of [work.understand, work.baseline]) times(one, prompts);
    // Interleaved, so that a busy moment of the machine meets both.
    for (let round = 0; round < rounds; round += 1) {
      taken.understand.push(times(work.understand, prompts));
      taken.baseline.push(times(work.baseline, prompts));
    }
    return {
      chars,
      p50Us: middle(taken.understand, 'p50Us'),
      p99Us: middle(taken.understand, 'p99Us'),
      quietP99Us: Math.min(...taken.understand.map(({ p99Us }) => Number(p99Us.toFixed(1)))),
      baselineP50Us: middle(taken.baseline, 'p50Us'),
      baselineP99Us: middle(taken.baseline, 'p99Us'),
    };
  });
  return Promise.resolve({ loadMs, weightsBytes: bytesOf(model), calls: rounds * calls, seed, rows });
}

function bytesOf({ understanding: { idf, heads } }: ReturnType<typeof loadRoutingModel>): number {
  return idf.byteLength + heads.weights.byteLength + heads.scales.byteLength + heads.intercepts.byteLength;
}

function buildPrompt(chars: number, next: () => number): string {
  const pool = words.split(' ');
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)] ?? '';
  let text = '';
  while (text.length < chars) {
    text +=
      next() < 0.04 ? `\n${pick(lines)}\n` : `${pick(pool)}${next() < 0.1 ? Math.floor(next() * 1e6) : ''} `;
  }
  return text.slice(0, chars);
}

function countWords(prompt: string): number {
  const counts = new Map<string, number>();
  for (const word of prompt.toLowerCase().split(/\W+/)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts.size;
}

interface Times {
  readonly p50Us: number;
  readonly p99Us: number;
}

/** The median over the rounds: a busy moment of the machine spoils some rounds, not the figure. */
function middle(measured: readonly Times[], figure: keyof Times): number {
  const values = measured.map((each) => each[figure]).sort((a, b) => a - b);
  return Number((values[Math.floor(values.length / 2)] ?? 0).toFixed(1));
}

function times(work: (prompt: string) => number, prompts: readonly string[]): Times {
  const taken = new Float64Array(calls);
  let used = 0;
  for (let index = 0; index < calls; index += 1) {
    const startedAt = performance.now();
    used += work(prompts[index % prompts.length] ?? '');
    taken[index] = (performance.now() - startedAt) * 1_000;
  }
  if (used === 0) throw new Error('nothing was understood: that would be too easy');
  taken.sort();
  const at = (share: number) => taken[Math.floor(share * (calls - 1))] ?? 0;
  return { p50Us: at(0.5), p99Us: at(0.99) };
}
