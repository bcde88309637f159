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
  response.end(bytes);
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
