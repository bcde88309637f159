/** A time to begin from, as people write it: `30d`, `12h`, `2026-11-01`, or `ever`. */
import { RouterError } from '@task-router/protocol';

const units: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Milliseconds since the epoch. Throws `usage.invalid`. */
export function parseSince(text: string, nowMs: number): number {
  if (text === 'ever') return 0;
  const [, amount, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined)
    return Math.max(0, nowMs - Number(amount) * (units[unit] ?? 0));
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(date) && date >= 0) return date;
  throw new RouterError(
    'usage.invalid',
    `"${text}" is no time to begin from; write 30d, 12h, a date, or ever.`,
  );
}
