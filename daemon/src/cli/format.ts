/** Numbers as people read them. */

export function formatMs(ms: number | null): string {
  if (ms === null) return 'unknown';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** `2026-11-23 09:05`, by the reader's own clock. */
export function formatMoment(atMs: number): string {
  // Sweden writes dates as ISO does.
  return new Date(atMs).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}

/** Unknown is said, never shown as 0. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return 'unknown';
  if (usd === 0) return 'free';
  if (usd < 0.01) return `$${usd.toFixed(5)}`;
  return `$${usd.toFixed(2)}`;
}

/** Memory: `4.7 GB`, `270 MB`. */
export function formatMemory(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** `11,000`. */
export function formatTokens(tokens: number): string {
  return tokens.toLocaleString('en-US');
}

export function formatBytes(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} kB`;
}

/** Columns as wide as their longest cell; the last one is left open. */
export function formatTable(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      `${indent}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
    )
    .join('\n');
}

/**
 * A table where it fits. Where it doesn't, each row is its first cell alone on a line, never cut, and the rest of it below,
 * by `head` where figures mean nothing without their headings.
 */
export function fitTable(
  rows: readonly (readonly string[])[],
  columns: number,
  { indent = '  ', head }: { readonly indent?: string; readonly head?: readonly string[] } = {},
): string {
  const table = formatTable(head === undefined ? rows : [head, ...rows], indent);
  if (table.split('\n').every((line) => line.length <= columns)) return table;
  return rows
    .flatMap(([name = '', ...more]) => {
      const told = more.flatMap((cell, index) => {
        const heading = head?.[index + 1];
        return cell === '' ? [] : [heading === undefined ? cell : `${heading}: ${cell}`];
      });
      return [`${indent}${name}`, wrapLines(`${indent}  ${told.join(', ')}`, columns)];
    })
    .filter((line) => line.trim() !== '')
    .join('\n');
}

/** Lines longer than `columns` broken between words, each part after the first indented by two more. */
export function wrapLines(text: string, columns: number): string {
  if (columns === Infinity) return text;
  return text
    .split('\n')
    .map((line) => (line.length <= columns ? line : wrapLine(line, columns)))
    .join('\n');
}

function wrapLine(line: string, columns: number): string {
  const indent = ' '.repeat(Math.min(line.search(/\S/) + 2, Math.floor(columns / 2)));
  const parts: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    // Words only: what stands before the text is no place to break.
    const at = rest.lastIndexOf(' ', columns);
    if (at <= rest.search(/\S/)) break;
    parts.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...parts, rest].join('\n');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
