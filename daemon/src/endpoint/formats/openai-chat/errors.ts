/** Errors in OpenAI's form. */
import type { EndpointProblem } from '../../endpoint-format.ts';

/** By the code some clients know that a conversation must be shortened, by the words others (aider's library). */
const tooLong = {
  code: 'context_length_exceeded',
  words: "This model's maximum context length is exceeded: ",
} as const;

export function errorOf({ status, code, message: said, param, isTooLong }: EndpointProblem): object {
  const message = isTooLong ? tooLong.words + said : said;
  return { message, type: typeOf(status), param: param ?? null, code: isTooLong ? tooLong.code : code };
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
