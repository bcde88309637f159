/**
 * The reverse call: asks a window for its chat models and runs prompts on them. Whatever goes wrong rejects with a
 * `RouterError` whose details are `{ failure }`, one of the protocol's failure kinds; a window that goes away in the
 * middle is `windowClosed`. The window itself names the kind in the details of its error, as `{ kind }`.
 */
import { CancellationTokenSource, type MessageConnection, ProgressType } from 'vscode-jsonrpc/node';
import type { ParamsInputOf, RequestMethod, ResultOf } from '@task-router/protocol';
import {
  type FailureKind,
  RouterError,
  failureKindSchema,
  lmInventoryRequest,
  lmPartSchema,
  lmRequest,
} from '@task-router/protocol';
import { fromResponseError } from '@task-router/protocol/node';
import * as z from 'zod';
import type { EditorModelsPort } from '../dispatch/service.ts';

const partType = new ProgressType<unknown>();
/** A window's own words go on into events and records, which have bounds. */
const messageChars = 1_000;
const detailsSchema = z.looseObject({ kind: failureKindSchema });

/** How a reverse call failed. */
class EditorModelsError extends RouterError {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    const code = kind === 'consentNeeded' ? 'editor.consentNeeded' : 'provider.unreachable';
    super(code, message.slice(0, messageChars), { details: { failure: kind } });
    this.name = 'EditorModelsError';
    this.kind = kind;
  }
}

/** `closed` aborts when the window's connection ends. */
export function createEditorModels(rpc: MessageConnection, closed: AbortSignal): EditorModelsPort {
  const window = { rpc, closed };
  let calls = 0;
  return {
    inventory: (knownVersion, signal) => ask(window, lmInventoryRequest, { knownVersion }, signal),
    async request(params, onPart, signal) {
      calls += 1;
      const partialResultToken = `lm-${calls}`;
      const parts = rpc.onProgress(partType, partialResultToken, (value: unknown) => {
        const part = lmPartSchema.safeParse(value);
        if (part.success && !signal.aborted) onPart(part.data);
      });
      try {
        return await ask(window, lmRequest, { ...params, partialResultToken }, signal);
      } finally {
        parts.dispose();
      }
    },
  };
}

interface Window {
  readonly rpc: MessageConnection;
  readonly closed: AbortSignal;
}

/** Settles at once when the signal aborts or the window goes, even if the window never answers. */
async function ask<M extends RequestMethod>(
  { rpc, closed }: Window,
  method: M,
  params: ParamsInputOf<M>,
  signal: AbortSignal,
): Promise<ResultOf<M>> {
  signal.throwIfAborted();
  if (closed.aborted) throw new EditorModelsError('windowClosed', 'The editor window has been closed.');
  const source = new CancellationTokenSource();
  const ended = Promise.withResolvers<never>();
  const onAbort = (): void => {
    // On a connection that has ended there is nobody to tell.
    if (!closed.aborted) source.cancel();
    ended.reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  };
  const onClosed = (): void =>
    ended.reject(new EditorModelsError('windowClosed', 'The editor window has been closed.'));
  signal.addEventListener('abort', onAbort, { once: true });
  closed.addEventListener('abort', onClosed, { once: true });
  try {
    const answer: Promise<unknown> = rpc.sendRequest(method.method, params, source.token);
    const result = method.result.safeParse(await Promise.race([answer, ended.promise]));
    if (!result.success) throw new EditorModelsError('server', 'The editor’s answer is not understood.');
    return result.data as ResultOf<M>;
  } catch (error) {
    if (signal.aborted) throw error;
    throw withFailure(error, closed);
  } finally {
    signal.removeEventListener('abort', onAbort);
    closed.removeEventListener('abort', onClosed);
    source.dispose();
  }
}

function withFailure(thrown: unknown, closed: AbortSignal): RouterError {
  if (closed.aborted) return new EditorModelsError('windowClosed', 'The editor window has been closed.');
  const error = fromResponseError(thrown);
  const named = detailsSchema.safeParse(error.details);
  if (named.success) return new EditorModelsError(named.data.kind, error.message);
  if (error.code === 'editor.consentNeeded') return new EditorModelsError('consentNeeded', error.message);
  return new EditorModelsError('server', error.message);
}
