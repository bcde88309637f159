/** What the rest of the extension needs of the language client, so that only one file knows that module. */
import type { LmPart, NumberedEvent, Welcome } from '@task-router/protocol';
import type { Link } from './connection.ts';

export interface RpcListener {
  /** The handshake has ended well; called before any event that follows it. */
  onWelcome(welcome: Welcome): void;
  onEvent(event: NumberedEvent): void;
}

/** Answers a request of the daemon. A thrown `RouterError` travels with its code and details. */
export type RequestHandler = (params: unknown, signal: AbortSignal) => Promise<unknown>;

export interface Rpc<L extends Link> {
  /** Runs the handshake over an open link. Rejects with a `RouterError`. */
  start(link: L): Promise<void>;
  /** Settles when the client has noticed the end of its link and may be started again. */
  settled(): Promise<void>;
  /** Aborting sends `$/cancelRequest`. Rejects with what the peer answered. */
  send(method: string, params: unknown, signal: AbortSignal): Promise<unknown>;
  /** Asks the daemon to end; settles when it has agreed. */
  stopDaemon(): Promise<void>;
  /** Survives reconnections. */
  handle(method: string, handler: RequestHandler): void;
  /** One streamed part of a reverse call. */
  sendPart(token: string, part: LmPart): Promise<void>;
  /** Says goodbye and ends the connection; the daemon goes on. Never rejects. */
  stop(timeoutMs: number): Promise<void>;
}
