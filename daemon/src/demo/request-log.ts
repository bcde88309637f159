/**
 * What a demo server saw and did, one entry a request, for tests and drills to read.
 *
 * Values of headers are kept only where they are known to be harmless; a credential can sit in any other. The log
 * keeps its newest entries and forgets the rest.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Fault } from './faults.ts';

const maxEntries = 10_000;

/**
 * How an exchange ended. `open`: not yet. `answered`: complete, error bodies included. `dropped`: cut by the fault
 * script. `aborted`: the client left. `stopped`: the server was stopped meanwhile.
 */
export type ExchangeEnd = 'open' | 'answered' | 'dropped' | 'aborted' | 'stopped';

/** Times are milliseconds since the epoch. */
export interface DemoLogEntry {
  /** Counts all requests of this server, from 1. */
  readonly number: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Values of harmless headers; for all others how many characters they had. */
  readonly headers: Readonly<Record<string, string>>;
  readonly model?: string;
  readonly stream?: boolean;
  readonly fault?: Fault['kind'];
  readonly requestBytes: number;
  readonly status?: number;
  /** Chunks that carried answer text. */
  readonly chunksSent: number;
  readonly responseBytes: number;
  readonly end: ExchangeEnd;
  readonly receivedAtMs: number;
  readonly firstChunkAtMs?: number;
  readonly endedAtMs?: number;
}

export type MutableLogEntry = { -readonly [Key in keyof DemoLogEntry]: DemoLogEntry[Key] };

const harmless = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'anthropic-beta',
  'anthropic-version',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'user-agent',
]);

/** The newest entries of one server. */
export class RequestLog {
  #entries: MutableLogEntry[] = [];
  #count = 0;

  /** Begins an entry; the caller fills it in as things happen. */
  open(method: string, path: string, headers: IncomingHttpHeaders): MutableLogEntry {
    const entry: MutableLogEntry = {
      number: ++this.#count,
      method,
      path,
      headers: redactHeaders(headers),
      requestBytes: 0,
      chunksSent: 0,
      responseBytes: 0,
      end: 'open',
      receivedAtMs: Date.now(),
    };
    this.#entries.push(entry);
    if (this.#entries.length > maxEntries) this.#entries = this.#entries.slice(-maxEntries / 2);
    return entry;
  }

  /** Copies, oldest first. */
  entries(): readonly DemoLogEntry[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }
}

function redactHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
      return [name, harmless.has(name) ? text.slice(0, 500) : `(${text.length} characters)`];
    }),
  );
}

/** The credential of a request as it came, '' where there is none. Only the fault that echoes it may use it. */
export function credentialOf(headers: IncomingHttpHeaders): string {
  const key = headers['x-api-key'] ?? headers['api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}
