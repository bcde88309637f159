/** What a bench measured, and its form for people: one figure a line, then the rows as a table, numbers to the right. */

export type Figure = number | string | boolean | null;
export type Row = Readonly<Record<string, Figure>>;

/** Figures carry their unit in the key (`p99Us`, `startMs`). */
export interface Measured {
  readonly [figure: string]: Figure | readonly Row[] | undefined;
  /** The table, where there is one. */
  readonly rows?: readonly Row[] | undefined;
  /** What randomness began with, where there is any. */
  readonly seed?: number | undefined;
}
export type Report = Measured & { readonly name: string };

type Cell = Figure | undefined;

/** The report as lines for a terminal, ending in an empty line. */
export function formatReport({ name, rows, ...figures }: Report): string {
  const entries = Object.entries(figures) as [string, Cell][];
  const width = Math.max(0, ...entries.map(([key]) => key.length));
  const lines = entries.map(([key, value]) => `  ${key.padEnd(width)}  ${cellText(value)}`);
  return [name, ...lines, ...tableLines(rows ?? []), ''].join('\n');
}

function tableLines(rows: readonly Row[]): string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return [];
  const table = [columns, ...rows.map((row) => columns.map((column) => cellText(row[column])))];
  const widths = columns.map((_, at) => Math.max(...table.map((cells) => (cells[at] ?? '').length)));
  const isNumeric = columns.map((column) => rows.every((row) => typeof row[column] !== 'string'));
  return table.map((cells) => {
    const padded = cells.map((cell, at) => {
      const width = widths[at] ?? 0;
      return isNumeric[at] === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${padded.join('  ')}`.trimEnd();
  });
}

function cellText(value: Cell): string {
  if (value === null || value === undefined) return '-';
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(1) : String(Number(value.toPrecision(4)));
}
