/** Server-sent events as both formats use them. */
import type { AnswerWriter } from '../endpoint-format.ts';

export const eventStreamType = 'text/event-stream; charset=utf-8';
export const jsonType = 'application/json';

/** One event. JSON has no line breaks of its own, so its data is one line. */
export function eventOf(data: unknown, name?: string): string {
  const line = `data: ${JSON.stringify(data)}\n\n`;
  return name === undefined ? line : `event: ${name}\n${line}`;
}

/** A value from a provider's event as a record; null: something else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export type AnsweredEnd = Parameters<AnswerWriter['end']>[0];
