/**
 * Numbers as people read them. null always means "not known" and never becomes 0: a free answer and an answer of
 * unknown price are different things.
 */

import type { Quality } from '@task-router/protocol';

export const unknown = 'unknown';

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** US dollars; small amounts keep two significant digits. `isLocal`: the model runs on this machine. */
export function formatCost(usd: number | null, isLocal = false): string {
  if (usd === null || !Number.isFinite(usd) || usd < 0) return unknown;
  if (usd === 0) return isLocal ? 'free (local)' : 'free';
  return formatMoney(usd);
}

/** Like formatCost, for sums, where 0 is just nothing spent. */
export function formatMoney(usd: number): string {
  if (usd === 0) return '$0.00';
  if (usd < 0.0001) return '< $0.0001';
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  // From a tenth of a cent on, two significant digits say enough.
  return `$${usd.toFixed(usd >= 0.1 ? 2 : usd >= 0.01 ? 3 : 4)}`;
}

export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return unknown;
  if (ms > 0 && ms < 1) return '< 1 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Whole seconds since a start, for a clock that ticks. */
export function formatElapsed(ms: number): string {
  return formatDuration(Math.max(0, Math.floor(ms / 1000) * 1000))
    .replace(/^0 ms$/, '0 s')
    .replace('.0 s', ' s');
}

export function formatCount(count: number | null): string {
  return count === null || !Number.isFinite(count) ? unknown : integers.format(count);
}

/** Share in 0..1 as a percentage; 99.96 % is not shown as 100 %. */
export function formatShare(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return unknown;
  const percent = share * 100;
  if (percent > 0 && percent < 1) return '< 1 %';
  if (percent < 100 && percent > 99) return '> 99 %';
  return `${Math.round(percent)} %`;
}

/** A score or a part of one, in 0..1. */
export function formatScore(score: number | null): string {
  return score === null || !Number.isFinite(score) ? '–' : score.toFixed(2);
}

/** `0.81 (0.70–0.90), 42 outcomes`: a chance of success with its 90 % range, and what it rests on. */
export function qualityText({ mean, lowerBound, upperBound, sampleSize, source }: Quality): string {
  const range = `${formatScore(mean)} (${formatScore(lowerBound)}–${formatScore(upperBound)})`;
  return `${range}, ${sampleSize > 0 ? plural(sampleSize, 'outcome') : priorWords[source]}`;
}

const priorWords: Readonly<Record<Quality['source'], string>> = {
  measured: 'published outcomes',
  family: 'published outcomes of its family',
  class: 'unknown model',
};

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${integers.format(bytes)} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Memory: `4.7 GB`. */
export function formatMemory(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

export function formatRate(tokensPerSecond: number | null): string {
  if (tokensPerSecond === null || !Number.isFinite(tokensPerSecond)) return unknown;
  return tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : integers.format(tokensPerSecond);
}

/** Time of day, with the date when it is not the day of `nowMs`. Both are milliseconds since 1970. */
export function formatMoment(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return (isToday ? clock : dayAndClock).format(atMs);
}

/** Like formatMoment, to the minute. */
export function formatMinute(atMs: number, nowMs: number): string {
  return formatMoment(atMs, nowMs).replace(/^(\d\d:\d\d):\d\d$/, '$1');
}

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
