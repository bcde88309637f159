/**
 * From the editor's errors to the wire's kinds of failure. The editor tells four codes; the rest is read from the cause
 * and the message, because a quota, a rate limit and a policy block all arrive as `Blocked`.
 */
import { RouterError, type FailureKind } from '@task-router/protocol';

/** Structural: `LanguageModelError` exists only inside the editor. */
interface EditorModelError {
  readonly code?: unknown;
  readonly message: string;
  readonly cause?: unknown;
}

const maxMessageChars = 500;

/** A failed call on one of the window's models; the daemon reads `details.kind`. */
export function modelFailure(kind: FailureKind, message: string): RouterError {
  const code = kind === 'consentNeeded' ? 'editor.consentNeeded' : 'internal.unexpected';
  return new RouterError(code, message.slice(0, maxMessageChars), { details: { kind } });
}

export function failureOf(thrown: unknown): RouterError {
  if (thrown instanceof RouterError) return thrown;
  const error = thrown instanceof Error ? (thrown as EditorModelError) : { message: 'The model failed.' };
  return modelFailure(kindOf(error), error.message);
}

function kindOf(error: EditorModelError): FailureKind {
  const said = `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`.toLowerCase();
  switch (error.code) {
    // The developer was asked and said no, or has not been asked: either way the consent is missing.
    case 'NoPermissions':
      return 'consentNeeded';
    case 'NotFound':
      return 'modelNotFound';
    case 'Blocked':
      return /filter|responsible|content.?policy/.test(said) ? 'contentPolicy' : 'rateLimit';
    default:
      return kindOfMessage(said);
  }
}

/** A model that the editor offers but its vendor does not let us use is absent, not unhealthy. */
const wordings: readonly (readonly [RegExp, FailureKind])[] = [
  [/model_not_supported|model is not supported|not available to/, 'modelNotFound'],
  [/rate.?limit|too many requests|quota|429/, 'rateLimit'],
  [/content.?filter|filtered|responsible ai|content.?policy/, 'contentPolicy'],
  [
    /context.?length|too many tokens|maximum context|prompt is too long|exceeds the (?:token|context)/,
    'contextLength',
  ],
  [/unauthori[sz]ed|401|sign.?in|authentication/, 'auth'],
  [/overloaded|503|capacity/, 'overloaded'],
  [/enotfound|econnre|etimedout|network|fetch failed|offline/, 'network'],
];

function kindOfMessage(said: string): FailureKind {
  return wordings.find(([wording]) => wording.test(said))?.[1] ?? 'server';
}
