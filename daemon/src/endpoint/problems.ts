/** What can go wrong for a tool, as an HTTP status and a message; the client's format gives it its form. */
import type { ErrorCode } from '@task-router/protocol';
import { errorCatalog, isErrorCode } from '@task-router/protocol';
import type { OutsideEnd } from '../dispatch/outside/outside-call.ts';
import type { EndpointProblem } from './endpoint-format.ts';

/** A problem with the next step in its message: a tool shows nothing else. */
export function problem(status: number, code: ErrorCode, message: string): EndpointProblem {
  return { status, code, message: withNext(message, code) };
}

/** Providers end their sentences as they like. */
function withNext(message: string, code: ErrorCode): string {
  return `${message}${/[.!?\u2026]$/.test(message) ? '' : '.'} ${errorCatalog[code].next}`;
}

/** A provider has said what is wrong with the request: no route and no wait would change that. */
function isAboutRequest(kind: Failed['kind']): boolean {
  return kind === 'badRequest' || kind === 'contextLength' || kind === 'contentPolicy';
}

type Failed = Extract<OutsideEnd, { type: 'failed' }>;

/** How dispatch's failure looks from outside. */
export function problemOf({ code, kind, message }: Failed): EndpointProblem {
  const known = isErrorCode(code) ? code : 'internal.unexpected';
  return {
    status: statusOf(known, kind),
    code: known,
    message: isAboutRequest(kind) && known === 'route.allFailed' ? message : withNext(message, known),
    ...(kind === 'contextLength' && { isTooLong: true }),
  };
}

/** Statuses that clients try again (408, 409, 429, 5xx) only where that can help. */
function statusOf(code: ErrorCode, kind: Failed['kind']): number {
  const own = statuses[code];
  if (own !== undefined) return own;
  switch (kind) {
    case 'badRequest':
    case 'contextLength':
    case 'contentPolicy':
      return 400;
    case 'modelNotFound':
      return 404;
    case 'rateLimit':
      return 429;
    case 'overloaded':
      return 503;
    case 'firstTokenTimeout':
    case 'stall':
    case 'deadline':
      return 504;
    // The router's own accounts are not the tool's key: a 401 would send its user to the wrong place.
    case 'auth':
    case 'billing':
    case 'consentNeeded':
    case 'server':
    case 'network':
    case 'truncated':
    case 'empty':
    case 'windowClosed':
      return 502;
  }
}

const statuses: Partial<Readonly<Record<ErrorCode, number>>> = {
  'task.empty': 400,
  'task.promptTooLong': 413,
  'task.contextTooLarge': 413,
  'request.invalid': 400,
  'route.pinUnknown': 404,
  'route.interrupted': 503,
  'budget.exceeded': 402,
  'budget.priceUnknown': 402,
  'resources.shortage': 429,
  'resources.waitedTooLong': 429,
  'task.tooMany': 429,
  'internal.unexpected': 500,
};

/**
 * Clients try such a status again by themselves; this tells them where it would not help. A budget begins anew some day, but
 * opencode would wait for that day, without a word to whoever waits before it.
 */
export function isWorthRetrying({ code, status }: EndpointProblem): boolean {
  if (status === 402) return false;
  return status === 429 || status === 503 || (isErrorCode(code) && errorCatalog[code].retryable);
}
