/** Typed errors across the wire: `RouterError` ⇄ JSON-RPC error object with `{ code, next, details }` as its data. */
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import * as z from 'zod';
import { RouterError, errorCatalog, isErrorCode } from '../index.ts';
import { messageTooLong } from './ws-transport.ts';

const errorDataSchema = z.object({
  code: z.string().max(100),
  next: z.string().max(2000),
  retryAfterMs: z.number().min(0).nullish(),
  // Left out by JSON when there are none.
  details: z.unknown().optional(),
});

/** LSP's own numbers, used where LSP prescribes them. */
export const lspErrorCodes = { requestCancelled: -32800, serverNotInitialized: -32002 } as const;

export function toResponseError(error: RouterError): ResponseError<z.infer<typeof errorDataSchema>> {
  const { code, message, next, details, retryAfterMs } = error;
  return new ResponseError(errorCatalog[code].number, message, { code, next, details, retryAfterMs });
}

/** What a rejected request means. `code` is that of the peer where it sent one we know. */
export function fromResponseError(thrown: unknown): RouterError {
  if (thrown instanceof RouterError) return thrown;
  if (!(thrown instanceof ResponseError)) {
    return new RouterError('daemon.unreachable', 'The connection to the daemon ended.', { cause: thrown });
  }
  const data = errorDataSchema.safeParse(thrown.data);
  if (data.success && isErrorCode(data.data.code)) {
    const { code, next, details, retryAfterMs = null } = data.data;
    return new RouterError(code, thrown.message, { next, details, retryAfterMs, cause: thrown });
  }
  if (thrown.message === messageTooLong) {
    return new RouterError('task.contextTooLarge', `${messageTooLong}.`, { cause: thrown });
  }
  const wentAway = [
    ErrorCodes.PendingResponseRejected,
    ErrorCodes.ConnectionInactive,
    ErrorCodes.MessageWriteError,
  ];
  if (wentAway.some((code) => code === thrown.code)) {
    return new RouterError('daemon.unreachable', 'The connection ended before the answer came.', {
      cause: thrown,
    });
  }
  return new RouterError('internal.unexpected', `The other side refused the request (${thrown.code}).`, {
    cause: thrown,
  });
}

export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof ResponseError && thrown.code === lspErrorCodes.requestCancelled;
}
