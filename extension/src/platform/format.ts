/** Numbers as people read them, the same on every surface. What is unknown is said to be unknown, never shown as 0. */

/** `2.5 s`, `340 ms`; `unknown` for null. */
export function formatMs(ms: number | null): string {
  if (ms === null) return 'unknown';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** `$0.0031`, `$1.25`, `free` for 0; `unknown` for null. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return 'unknown';
  if (usd === 0) return 'free';
  return usd < 0.01 ? `$${usd.toPrecision(2)}` : `$${usd.toFixed(2)}`;
}

/** Money that is gone: 0 is a sum like any other. */
export function formatSpent(usd: number): string {
  return usd === 0 ? '$0.00' : formatUsd(usd);
}

/** A share 0..1 as `97 %`; `unknown` for null. */
export function formatShare(share: number | null): string {
  return share === null ? 'unknown' : `${Math.round(share * 100)} %`;
}

/** `128k`, `4096`; `unknown` for null. */
export function formatTokens(tokens: number | null): string {
  if (tokens === null) return 'unknown';
  return tokens >= 10_000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}

/** Memory: `4.7 GB`. */
export function formatMemory(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
}

/**
 * A model's name in at most `chars` characters: first without the place it is served at (`name (node)`), then with the
 * ellipsis in the middle, because models of one family differ at their ends.
 */
export function shortModelName(name: string, chars: number): string {
  const text = name.length <= chars ? name : name.replace(/ \([^()]*\)$/, '');
  if (text.length <= chars) return text;
  const end = Math.floor((chars - 1) / 2);
  return `${text.slice(0, chars - 1 - end).trimEnd()}…${text.slice(-end).trimStart()}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * Text of a model or server for a place where the editor would read `$(name)` as an icon; a zero-width space keeps
 * it text.
 */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}
