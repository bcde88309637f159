/**
 * How long answers get: the newest output sizes of one kind of task on one model. Holding the most a model may write
 * starves everybody (24 to 76 % of a limit used), holding nothing overshoots; a high quantile does neither.
 */
import { allocation } from '../config/allocation.ts';

/** Output tokens of finished calls, newest last; at most `outputWindow` of them. Plain data, to be stored. */
export type OutputWindow = readonly number[];

/**
 * The window with one more answer. A shortened one was going to be longer, so it counts as longer: with its bare size a
 * cap at a quantile would cut the very values it is made of and shrink for ever.
 */
export function addOutput(window: OutputWindow, outputTokens: number, wasShortened: boolean): OutputWindow {
  const size = Math.max(0, Math.ceil(outputTokens)) * (wasShortened ? allocation.shortenedGrowth : 1);
  return [...window.slice(-(allocation.outputWindow - 1)), size];
}

/** Tokens to hold of a rate for the next answer. */
export function outputTokensNeeded(window: OutputWindow): number {
  const high = quantileOf(window, allocation.outputQuantile);
  return window.length < allocation.outputColdCalls ? Math.max(high, allocation.outputColdTokens) : high;
}

/**
 * The longest answer to allow where every token is paid from a budget that must hold. A window that is not full is mostly
 * of answers that were done first, the short ones: until then the cap is not lowered.
 */
export function outputTokensCap(window: OutputWindow): number {
  const high = quantileOf(window, allocation.capQuantile);
  const least = window.length < allocation.outputWindow ? allocation.outputColdTokens : 0;
  return Math.ceil(Math.max(high, least) * allocation.capFactor);
}

/** Share of answers, 0 to 1, that would not fit into `maxTokens`; before any answer 1, as nothing is known. */
export function shareLongerThan(window: OutputWindow, maxTokens: number): number {
  if (window.length === 0) return 1;
  return window.filter((size) => size > maxTokens).length / window.length;
}

/** By the nearest rank; 0 of nothing. */
function quantileOf(window: OutputWindow, share: number): number {
  const sorted = [...window].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
