/** Errors in Anthropic's form. */
import type { EndpointProblem } from '../../endpoint-format.ts';

/** Words by which clients know that a conversation must be shortened. */
const tooLong = 'prompt is too long: ';

export function errorOf({ status, code, message, isTooLong }: EndpointProblem): {
  readonly type: 'error';
  readonly error: object;
} {
  const said = isTooLong ? tooLong + message : message;
  return { type: 'error', error: { type: typeOf(status), message: said, code } };
}

export function errorBody(problem: EndpointProblem): string {
  return JSON.stringify(errorOf(problem));
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 402:
      return 'billing_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 413:
      return 'request_too_large';
    case 429:
      return 'rate_limit_error';
    case 503:
      return 'overloaded_error';
    case 504:
      return 'timeout_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'api_error';
  }
}
