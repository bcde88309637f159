/** Amounts in words, the same on every machine: the host's locale must not change a stored decision. */

/** `40,000`. */
export function wordTokens(tokens: number): string {
  return Math.round(tokens)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `$0.62`, `$0.0031`; always with enough digits to tell small amounts apart. */
export function wordUsd(usd: number): string {
  if (usd === 0) return '$0';
  if (usd >= 0.1) return `$${usd.toFixed(2)}`;
  return usd >= 0.0001 ? `$${usd.toFixed(4)}` : 'under $0.0001';
}

/** `0.4 s`, `8.1 s`, `42 s`, `3.5 min`. */
export function wordDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

/** `1 route`, `3 routes`. */
export function wordCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
