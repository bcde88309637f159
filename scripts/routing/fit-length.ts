/**
 * The one thing about a prompt that is not its words: how long it is. Where words tell nothing (issues of real
 * repositories), length still tells a little; where words tell much, it adds next to nothing, and then it is left out.
 */
import { plainPrompt } from './engine.ts';

export interface LengthTerm {
  /** Mean and standard deviation of the log of the length. */
  readonly mean: number;
  readonly spread: number;
  /** Value per standard deviation; 0: length says nothing. */
  readonly slope: number;
}

const noLength: LengthTerm = { mean: 0, spread: 1, slope: 0 };
const maxChars = 8_000;
/** Standard errors from which the slope is believed. */
const believedFrom = 1.64;

/** Least squares of what the words left unexplained. */
export function fitLength(prompts: readonly string[], left: (row: number) => number): LengthTerm {
  const logs = prompts.map(logLength);
  const rows = logs.length;
  if (rows < 3) return noLength;
  const mean = logs.reduce((a, b) => a + b, 0) / rows;
  const spread = Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
  if (spread < 1e-9) return noLength;
  const z = logs.map((value) => (value - mean) / spread);
  const ys = z.map((_, row) => left(row));
  const center = ys.reduce((a, b) => a + b, 0) / rows;
  const slope = z.reduce((sum, value, row) => sum + value * ((ys[row] ?? 0) - center), 0) / rows;
  const noise = ys.reduce((sum, y, row) => sum + (y - center - slope * (z[row] ?? 0)) ** 2, 0) / (rows - 2);
  return Math.abs(slope) / Math.sqrt(noise / rows) < believedFrom ? noLength : { mean, spread, slope };
}

/** What length adds for this prompt. */
export function lengthValue({ mean, spread, slope }: LengthTerm, prompt: string): number {
  return slope === 0 ? 0 : slope * Math.max(-3, Math.min(3, (logLength(prompt) - mean) / spread));
}

function logLength(prompt: string): number {
  return Math.log1p(Math.min(maxChars, plainPrompt(prompt).length));
}
