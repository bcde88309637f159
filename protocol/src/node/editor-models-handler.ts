/** The window's side of the reverse calls, for clients that are no editor extension (tests, other hosts). */
import { ProgressType, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node';
import {
  type LmPart,
  type ParamsOf,
  type ResultOf,
  editorRequests,
  lmInventoryRequest,
  lmRequest,
  toRouterError,
} from '../index.ts';
import { toResponseError } from './rpc-errors.ts';

export interface EditorModelsHandler {
  inventory(
    params: ParamsOf<typeof lmInventoryRequest>,
    signal: AbortSignal,
  ): Promise<ResultOf<typeof lmInventoryRequest>>;
  request(
    params: ParamsOf<typeof lmRequest>,
    onPart: (part: LmPart) => void,
    signal: AbortSignal,
  ): Promise<ResultOf<typeof lmRequest>>;
}

const partType = new ProgressType<LmPart>();

export function answerEditorModels(connection: MessageConnection, handler: EditorModelsHandler): void {
  connection.onRequest(editorRequests.lmInventory.method, (params: unknown, token: CancellationToken) =>
    answer(() => handler.inventory(lmInventoryRequest.params.parse(params), signalOf(token))),
  );
  connection.onRequest(editorRequests.lmRequest.method, (params: unknown, token: CancellationToken) =>
    answer(() => {
      const call = lmRequest.params.parse(params);
      const onPart = (part: LmPart): void => {
        // When the connection is gone the request itself fails; a part that can't be sent says nothing more.
        connection.sendProgress(partType, call.partialResultToken, part).catch(() => undefined);
      };
      return handler.request(call, onPart, signalOf(token));
    }),
  );
}

async function answer<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw toResponseError(toRouterError(error));
  }
}

/** The token of a request as an `AbortSignal`. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
