/**
 * Who may open a WebSocket, decided from the request's headers before any of it is answered. Browsers are kept out by
 * `Origin` and `Sec-Fetch-*`, foreign names that resolve to this machine by `Host`, everyone else by the token. Two
 * things Node accepts by itself are closed by hand: a second Host header, and an absolute URI in the request line.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { socketPathname } from '@task-router/protocol/node';

export interface GuardSettings {
  /** Our TCP port; undefined on a socket or pipe, where `ws` sends `Host: localhost` without one. */
  readonly port: number | undefined;
  /** SHA-256 of the token. */
  readonly digest: Buffer;
}

export type Refusal = 400 | 401 | 403 | 404;

const allowedHost = /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?$/;
const bearer = /^Bearer ([A-Za-z0-9_-]{43})$/;

/** null: let in; otherwise the HTTP status to refuse with. Never throws, whatever the headers hold. */
export function checkHandshake(request: IncomingMessage, settings: GuardSettings): Refusal | null {
  if (request.url !== socketPathname) return 404;
  const refusal = checkSender(request, settings.port);
  if (refusal !== null) return refusal;
  if (countHeader(request, 'authorization') !== 1) return 401;
  const token = bearer.exec(request.headers.authorization ?? '')?.[1];
  return token !== undefined && timingSafeEqual(settings.digest, sha256(token)) ? null : 401;
}

/**
 * Keeps pages and foreign names out of any port of ours. One pass, because the endpoint asks for every request.
 * @param isHarmless an `Origin` or `Sec-Fetch-*` header, its name in lower case, that no page can cause; default: none is
 */
export function checkSender(
  { rawHeaders, headers }: IncomingMessage,
  port: number | undefined,
  isHarmless: (name: string, value: string) => boolean = () => false,
): 400 | 403 | null {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    if (name === 'host') hosts += 1;
    else if (isOfPage(name) && !isHarmless(name, rawHeaders[i + 1] ?? '')) return 403;
  }
  if (hosts !== 1) return 400;
  return isOurHost(headers.host ?? '', port) ? null : 403;
}

function isOfPage(name: string): boolean {
  return name === 'origin' || name.startsWith('sec-fetch-');
}

/** How often a header stands in the request; Node itself silently takes the first of some. `name` in lower case. */
export function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i] ?? '';
    if (candidate.length === name.length && candidate.toLowerCase() === name) count += 1;
  }
  return count;
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whole names, never prefixes: `127.evil.example` is not this machine. */
function isOurHost(host: string, port: number | undefined): boolean {
  const match = allowedHost.exec(host);
  if (match === null) return false;
  return port === undefined ? match[1] === undefined : Number(match[1]) === port;
}
