/** Errors in OpenAI's form. */
import type { EndpointProblem } from '../../endpoint-format.ts';

/** Code by which clients know that a conversation must be shortened. */
const tooLong = 'context_length_exceeded';

export function errorOf({ status, code, message, param, isTooLong }: EndpointProblem): object {
  return { message, type: typeOf(status), param: param ?? null, code: isTooLong ? tooLong : code };
}

export function errorBody(problem: EndpointProblem): string {
  return JSON.stringify({ error: errorOf(problem) });
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 402:
      return 'insufficient_quota';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 429:
      return 'rate_limit_error';
    case 503:
      return 'overloaded_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'api_error';
  }
}
