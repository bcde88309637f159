/** What the server's clients may do with the endpoint for other tools; daemon/src/endpoint provides it. */
import { RouterError } from '@task-router/protocol';
import type { ParamsOf, ResultOf, daemonRequests } from '@task-router/protocol';
import type { ClientContext } from '../dispatch/service.ts';

type Requests = typeof daemonRequests;

export interface EndpointControl {
  view(): ResultOf<Requests['endpoint']>;
  configure(wish: ParamsOf<Requests['configureEndpoint']>): Promise<ResultOf<Requests['configureEndpoint']>>;
  /** Throws `endpoint.tooManyKeys`. */
  createKey(wish: ParamsOf<Requests['createEndpointKey']>): ResultOf<Requests['createEndpointKey']>;
  /** Throws `endpoint.keyNotFound`. */
  revokeKey(id: string): ResultOf<Requests['revokeEndpointKey']>;
}

/** The editor's user settings come from a window that trusts its workspace, and from nobody else. */
export function admitSettings({ client, trusted }: ClientContext): void {
  if (client !== 'editor')
    throw new RouterError('request.invalid', 'Only an editor sends its settings.', {
      next: 'Write "endpoint" into config.jsonc instead.',
    });
  admitTrusted(trusted);
}

/** A window that does not trust its workspace looks on. */
export function admitTrusted(trusted: boolean): void {
  if (trusted) return;
  throw new RouterError('task.untrusted', 'This workspace is not trusted, so no tool is let in from here.');
}
