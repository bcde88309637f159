/** The form of the report: parts with tables, numbers rounded for reading, and their Markdown. */
import type { Interval } from '../routing-metrics.ts';

export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ReportPart {
  readonly name: string;
  readonly title: string;
  /** What was fitted on what, and measured on what. */
  readonly about: string;
  readonly tables: readonly ReportTable[];
  /** Said after the tables. */
  readonly notes: readonly string[];
  readonly figures: unknown;
}

export function fixed(value: number, digits = 2): string {
  return value.toFixed(digits);
}

/** `0.64 (0.60 to 0.68)` */
export function withInterval({ value, low, high }: Interval, digits = 2): string {
  return `${fixed(value, digits)} (${fixed(low, digits)} to ${fixed(high, digits)})`;
}

/** A difference with its interval, all signed. */
export function signedInterval({ value, low, high }: Interval, digits = 2): string {
  return `${signed(value, digits)} (${signed(low, digits)} to ${signed(high, digits)})`;
}

export function markdownOf(intro: readonly string[], parts: readonly ReportPart[]): string {
  const texts = parts.map(({ title, about, tables, notes }) =>
    [`## ${title}`, about, ...tables.map(tableOf), ...notes].join('\n\n'),
  );
  return `${[...intro, ...texts].join('\n\n')}\n`;
}

function signed(value: number, digits: number): string {
  return `${value >= 0 ? '+' : ''}${fixed(value, digits)}`;
}

/** Columns as wide as their widest cell, as the formatter wants them. */
function tableOf({ head, rows }: ReportTable): string {
  const widths = head.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
