/** Reads a request's body with a bound: a demo server is a server, and its callers may be broken. */
import type { IncomingMessage } from 'node:http';

/** The limit of the strictest real API of the three. */
const maxBodyBytes = 32 * 1024 * 1024;

export type BodyReading =
  | { readonly outcome: 'read'; readonly bytes: Buffer }
  | { readonly outcome: 'too-large'; readonly seenBytes: number }
  | { readonly outcome: 'gone' };

/** Resolves with the body, or says why there is none. What comes past the limit is thrown away unread. */
export function readBody(request: IncomingMessage, limitBytes = maxBodyBytes): Promise<BodyReading> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let seenBytes = 0;
    request.on('data', (chunk: Buffer) => {
      seenBytes += chunk.length;
      if (seenBytes <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      resolve({ outcome: 'too-large', seenBytes });
    });
    request.on('end', () => resolve({ outcome: 'read', bytes: Buffer.concat(chunks) }));
    request.on('error', () => resolve({ outcome: 'gone' }));
    request.on('close', () => resolve({ outcome: 'gone' }));
  });
}

export type JsonReading = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** Parses JSON without throwing; no body at all reads as undefined. */
export function readJson(bytes: Buffer): JsonReading {
  if (bytes.length === 0) return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return { ok: false };
  }
}
