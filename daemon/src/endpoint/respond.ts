/** Answers that are known at once: refusals, lists, counts. */
import type { ServerResponse } from 'node:http';
import type { OutsideHead } from '../dispatch/outside/outside-call.ts';
import { answerHeaders } from './answer-headers.ts';
import type { EndpointFormat, EndpointProblem } from './endpoint-format.ts';
import { isWorthRetrying } from './problems.ts';

/** What went wrong, in the client's form. */
export function refuse(
  response: ServerResponse,
  format: EndpointFormat,
  what: EndpointProblem,
  more: { readonly head: OutsideHead | null; readonly retryAfterMs: number | null } = {
    head: null,
    retryAfterMs: null,
  },
): void {
  send(response, what.status, format.errorBody(what), [
    ...(isWorthRetrying(what) ? retryHeaders(more.retryAfterMs) : ['x-should-retry', 'false']),
    ...(more.head === null ? [] : answerHeaders(more.head)),
  ]);
}

export function sendJson(response: ServerResponse, body: string): void {
  send(response, 200, body, []);
}

/** A whole answer; nothing where the client is gone or has its status already. @param headers name, value, name, value */
export function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: readonly string[],
): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, [
    ...['Content-Type', 'application/json', 'Content-Length', String(bytes.byteLength)],
    ...headers,
  ]);
  endWith(response, bytes);
}

/** Up to here a body goes out in one piece with its head, as text of one byte a character: half the work of two. */
const oneWriteBytes = 16 * 1024;

/** The last bytes of an answer whose head was written. */
export function endWith(response: ServerResponse, body: Buffer): void {
  if (body.byteLength <= oneWriteBytes) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

/** When to come back; OpenAI's and Anthropic's clients read the second one too. */
export function retryHeaders(retryAfterMs: number | null): string[] {
  if (retryAfterMs === null) return [];
  return [
    'Retry-After',
    String(Math.ceil(retryAfterMs / 1_000)),
    'retry-after-ms',
    String(Math.ceil(retryAfterMs)),
  ];
}
