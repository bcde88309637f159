/** History as a file, the same from the command line and the editor: one row a line, as JSON or as CSV. */
import type { HistoryRowView } from '../methods/history.ts';

export const exportFormats = ['jsonl', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

const csvColumns = [
  'decisionId',
  'taskId',
  'createdAtMs',
  'kind',
  'route',
  'status',
  'attempts',
  'finishReason',
  'queuedMs',
  'firstTokenMs',
  'totalMs',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'reasoningTokens',
  'costUsd',
  'errorCode',
  'grade',
  'prompt',
] as const satisfies readonly (keyof HistoryRowView)[];

/** The first line, without its end; null: the format has none. */
export function exportHead(format: ExportFormat): string | null {
  return format === 'csv' ? csvColumns.join(',') : null;
}

/** A row as one line, without its end. In CSV a quoted prompt may hold line breaks. */
export function exportLine(row: HistoryRowView, format: ExportFormat): string {
  if (format === 'jsonl') return JSON.stringify(row);
  return csvColumns.map((column) => csvCell(row[column])).join(',');
}

/** RFC 4180. A leading `=`, `+`, `-` or `@` in text would be a formula in a spreadsheet, so it is taken as text. */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
