/**
 * The daemon's log: one JSON object a line. Callers name an event and give plain fields; prompts and answers are
 * never fields. Every line passes the redaction it was made with, so a key inside an error text does not reach disk.
 */
import type { Clock } from '../engine/index.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Takes finished lines, each with its line end. Must not throw. */
export type LogSink = (line: string) => void;

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Longer lines are cut: a log line is for reading. */
const maxLineChars = 8_000;

export function createLogger(parts: {
  readonly sink: LogSink;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly level?: LogLevel;
}): Logger {
  const threshold = ranks[parts.level ?? 'info'];
  const write = (level: LogLevel, event: string, fields: LogFields = {}): void => {
    if (ranks[level] < threshold) return;
    const time = new Date(parts.clock.nowMs()).toISOString();
    const line = parts.redact(toLine({ time, level, event, ...fields }));
    parts.sink(line.length > maxLineChars ? `${line.slice(0, maxLineChars)}…\n` : `${line}\n`);
  };
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };
}

/** A log that keeps nothing, for places that need none. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function toLine(record: LogFields): string {
  try {
    return JSON.stringify(record, (_key, value: unknown) =>
      value instanceof Error ? describe(value) : value,
    );
  } catch {
    // Cyclic or otherwise unprintable fields must not cost the event.
    return JSON.stringify({ time: record['time'], level: record['level'], event: record['event'] });
  }
}

function describe(error: Error): LogFields {
  return {
    name: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: error.cause }),
  };
}
