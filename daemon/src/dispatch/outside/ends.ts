/** How a call ended that got no answer, as the endpoint tells it: which kind of failure, whose words, when to come back. */
import type { FailureKind, RouterError } from '@task-router/protocol';
import type { WireFormat } from '../../providers/model-call.ts';
import type { AttemptEnd, Refusal } from '../run/attempt-end.ts';
import { NoRouteError } from '../decide/no-route.ts';
import type { OutsideAnswer } from './outside-answer.ts';
import type { OutsideCall, OutsideEnd } from './outside-call.ts';
import { wireOf } from './wire-of.ts';

type Failed = Extract<OutsideEnd, { type: 'failed' }>;

/** Refusals that are about the request itself: the tool's to hear as they are. What concerns our keys and accounts is not. */
const aboutTheRequest: readonly FailureKind[] = ['badRequest', 'contextLength', 'contentPolicy'];

export function failedEnd(
  error: RouterError,
  answer: OutsideAnswer,
  { raw, untranslatable }: Pick<OutsideCall, 'raw' | 'untranslatable'>,
): Failed {
  const { head, hasBegun } = answer;
  const shared = { type: 'failed', code: error.code, head, begun: hasBegun } as const;
  const wasCalled = error.code === 'route.allFailed' || error.code === 'route.incomplete';
  const end = wasCalled ? answer.lastEnd : null;
  const { retryAfterMs } = error;
  const message = messageOf(error, untranslatable);
  if (end === null)
    return { ...shared, kind: kindOf(error, untranslatable), message, upstream: null, retryAfterMs };
  const kind = end.failure ?? 'server';
  const refusal = aboutTheRequest.includes(kind) ? end.refusal : null;
  return {
    ...shared,
    kind,
    // With more than one route the sentence on all of them says more.
    message: head?.attempts === 1 ? (sentenceOf(end, refusal) ?? message) : message,
    upstream: formatOfLast(answer) === raw.format ? refusal : null,
    retryAfterMs: end.retryAfterMs ?? retryAfterMs,
  };
}

/**
 * The provider's own words, where the request was wrong, and without the server's address: opencode looks for statuses in
 * what it reads, and takes a port of 5000 for one after which to ask again.
 */
function sentenceOf({ message }: AttemptEnd, refusal: Refusal | null): string | null {
  return refusal?.words ?? message;
}

/** Who reads this looks at another tool, and may have closed VS Code a minute ago. */
const keysLeave =
  ' Keys that VS Code keeps are here only while one of its windows is open: open one, or run task-router serve with the ' +
  'provider’s key in its environment.';

function lacksKey({ codes }: NoRouteError): boolean {
  return codes.length === 0 || codes.includes('access.keyMissing');
}

function messageOf(error: RouterError, untranslatable: readonly string[]): string {
  if (!(error instanceof NoRouteError)) return error.message;
  return because(untranslatable) + error.message + (lacksKey(error) ? keysLeave : '');
}

/** What left only the routes of the call's own format, so that its tool knows what to leave out. */
function because(untranslatable: readonly string[]): string {
  if (untranslatable.length === 0) return '';
  const names = untranslatable.map((name) => `"${name}"`).join(', ');
  return `Only a route of the request's own format can be given ${names}. `;
}

function formatOfLast({ provider }: OutsideAnswer): WireFormat | null {
  return provider === null ? null : wireOf(provider);
}

/** Nothing was looked for: there is no such model. `needsKey`: its node is known, and can't be asked for its models. */
export function unknownModel(model: string, nearest: readonly string[], needsKey: boolean): Failed {
  const named = nearest.length === 0 ? '' : ` Nearest: ${nearest.join(', ')}.`;
  return {
    type: 'failed',
    kind: 'modelNotFound',
    message: `There is no model ${JSON.stringify(model.slice(0, 100))}.${named}${needsKey ? keysLeave : ''}`,
    code: 'route.pinUnknown',
    upstream: null,
    retryAfterMs: null,
    head: null,
    begun: false,
  };
}

function kindOf(error: RouterError, untranslatable: readonly string[]): FailureKind {
  if (error instanceof NoRouteError) return untranslatable.length > 0 ? 'badRequest' : kindOfNoRoute(error);
  const { code } = error;
  if (code.startsWith('budget.')) return 'billing';
  return code.startsWith('resources.') ? 'overloaded' : 'server';
}

/** What the tool can do about it decides: wait, send less, or show its user what to change. Never that there is no such
 * model: tools show words of their own for that, and the reason would be lost. */
function kindOfNoRoute(error: NoRouteError): FailureKind {
  const codes = error.codes.filter((code) => code !== 'task.excluded');
  if (codes.length > 0 && codes.every((code) => code === 'capability.contextWindow')) return 'contextLength';
  if (codes.some((code) => code.startsWith('health.') || code.startsWith('resources.'))) return 'overloaded';
  return 'badRequest';
}
