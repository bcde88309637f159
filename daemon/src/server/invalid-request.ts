/** A request that does not fit its schema, as the typed error that names the place. */
import type { ZodError } from 'zod';
import { RouterError } from '@task-router/protocol';

export function invalidRequest(method: string, error: ZodError): RouterError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  const where = path === '' ? 'its parameters' : path;
  // Schema messages name types and keys, never values, so nothing of the request is repeated.
  const what = (issue?.message ?? 'not understood').slice(0, 500);
  return new RouterError('request.invalid', `${method}: ${where.slice(0, 500)}: ${what}`, {
    details: { path },
  });
}
