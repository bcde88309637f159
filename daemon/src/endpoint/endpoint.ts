/**
 * The endpoint as a whole: whether it should listen and where (config.jsonc or an editor says so), whether it does, and
 * the keys. Off unless somebody switched it on; a port that is taken is told, and tried again now and then.
 */
import type { EndpointKeyView, EndpointView, Policy } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import type { OutsideService } from '../dispatch/outside/outside-call.ts';
import type { Logger } from '../platform/logger.ts';
import type { Store } from '../store/store.ts';
import { Gate } from './admission.ts';
import { EndpointKeys } from './keys.ts';
import { type EndpointListener, type ListenerTimes, defaultTimes, openListener } from './listener.ts';
import { BodyReader } from './read-body.ts';
import type { Formats } from './routes.ts';

/** What an editor's user settings say. */
export interface EndpointWish {
  readonly enabled: boolean;
  readonly port?: number | undefined;
}

/** The little it asks of config.jsonc. */
export interface EndpointConfig {
  current(): { readonly endpoint: { readonly enabled: boolean; readonly port: number } };
  onDidChange(listener: () => void): () => void;
}

export interface EndpointParts {
  readonly service: OutsideService;
  readonly formats: Formats;
  readonly config: EndpointConfig;
  readonly store: Pick<Store, 'readEndpointKeys' | 'saveEndpointKey' | 'saveEndpointKeyUse'>;
  readonly clock: { nowMs(): number };
  readonly log: Logger;
  readonly createId: () => string;
  /** Called after what `view` shows has changed in more than numbers. */
  readonly onChange: () => void;
  readonly times?: Partial<ListenerTimes>;
  readonly limits?: Partial<EndpointLimits>;
}

export interface EndpointLimits {
  readonly requests: number;
  readonly requestsPerKey: number;
  readonly bodyBytes: number;
  readonly allBodyBytes: number;
}

const megabyte = 1024 * 1024;

const defaultLimits: EndpointLimits = {
  requests: 256,
  requestsPerKey: 128,
  bodyBytes: 32 * megabyte,
  allBodyBytes: 256 * megabyte,
};

/** A taken port is tried again, and counted use is written, this often. */
const upkeepMs = 10_000;

export class Endpoint {
  readonly #parts: EndpointParts;
  readonly #keys: EndpointKeys;
  readonly #gate: Gate;
  readonly #bodies: BodyReader;
  readonly #stopFollowing: () => void;
  readonly #upkeep: NodeJS.Timeout;
  #editorWish: EndpointWish = { enabled: false };
  #listener: EndpointListener | null = null;
  #problem: EndpointView['problem'] = null;
  /** One change of the listener at a time. */
  #settling: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    const limits = { ...defaultLimits, ...parts.limits };
    this.#keys = new EndpointKeys({ ...parts, nowMs: () => parts.clock.nowMs() });
    this.#gate = new Gate({ ...parts, keys: this.#keys, limits });
    this.#bodies = new BodyReader(limits.bodyBytes, limits.allBodyBytes);
    this.#stopFollowing = parts.config.onDidChange(() => void this.settle());
    this.#upkeep = setInterval(() => {
      this.#keys.save();
      if (this.#problem !== null) void this.settle();
    }, upkeepMs).unref();
  }

  /** Requests that run. */
  get running(): number {
    return this.#gate.running;
  }

  /** When a tool last asked; null: none has since the daemon began. */
  get lastRequestAtMs(): number | null {
    return this.#gate.lastRequestAtMs;
  }

  /** The port it listens on; null: it does not. */
  get port(): number | null {
    return this.#listener?.port ?? null;
  }

  view(): EndpointView {
    const keys = this.#keys.list();
    const { enabled, enabledBy, port } = this.#wanted();
    return {
      enabled,
      enabledBy,
      port: this.#listener?.port ?? port,
      address: this.#listener === null ? null : `http://127.0.0.1:${this.#listener.port}`,
      problem: this.#problem,
      keys,
      requestsToday: keys.reduce((sum, key) => sum + key.requestsToday, 0),
    };
  }

  /** What an editor says holds until another says otherwise: closing a window must not cut a tool off. */
  async configure(wish: EndpointWish): Promise<EndpointView> {
    this.#editorWish = wish;
    await this.settle();
    return this.view();
  }

  createKey(wish: { name: string; policy: Policy | null; dailyBudgetUsd: number | null }): {
    key: string;
    view: EndpointKeyView;
  } {
    const made = this.#keys.create(wish);
    this.#parts.log.info('a key of the endpoint was made', { id: made.view.id, name: made.view.name });
    this.#parts.onChange();
    return made;
  }

  revokeKey(id: string): { revoked: EndpointKeyView } {
    const revoked = this.#keys.revoke(id);
    this.#parts.log.info('a key of the endpoint was revoked', { id, name: revoked.name });
    this.#parts.onChange();
    return { revoked };
  }

  /** Makes it listen, move or end, as is wanted now. Resolves when it does, or when it is known that it can't. */
  settle(): Promise<void> {
    this.#settling = this.#settling.then(() => this.#settleOnce());
    return this.#settling;
  }

  /** Ends what runs, and listens no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#upkeep);
    this.#stopFollowing();
    await this.settle();
    this.#keys.save();
  }

  #wanted(): Pick<EndpointView, 'enabled' | 'enabledBy' | 'port'> {
    const config = this.#parts.config.current().endpoint;
    const editor = this.#editorWish;
    return {
      enabled: config.enabled || editor.enabled,
      enabledBy: [
        ...(config.enabled ? ['config' as const] : []),
        ...(editor.enabled ? ['editor' as const] : []),
      ],
      port: config.enabled ? config.port : (editor.port ?? config.port),
    };
  }

  async #settleOnce(): Promise<void> {
    const { enabled, port } = this.#wanted();
    const wantedPort = enabled && !this.#isClosed ? port : null;
    const before = { port: this.port, problem: this.#problem?.message };
    if (this.#listener !== null && this.#listener.port !== wantedPort) await this.#end();
    if (wantedPort === null) this.#problem = null;
    else if (this.#listener === null) await this.#open(wantedPort);
    if (before.port !== this.port || before.problem !== this.#problem?.message) this.#parts.onChange();
  }

  async #open(port: number): Promise<void> {
    const { service, formats, log, times } = this.#parts;
    try {
      this.#listener = await openListener(
        port,
        { ...defaultTimes, ...times },
        { service, formats, log, keys: this.#keys, gate: this.#gate, bodies: this.#bodies },
      );
      this.#problem = null;
      log.info('the endpoint listens', { port });
    } catch (error) {
      const said = problemOfPort(port, error).toWire();
      if (this.#problem?.message !== said.message) log.warn('the endpoint can’t listen', { port, error });
      this.#problem = { code: said.code, message: said.message, next: said.next };
    }
  }

  async #end(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    const closed = listener?.close();
    this.#keys.abortAll();
    await closed;
    this.#parts.log.info('the endpoint listens no more');
  }
}

function problemOfPort(port: number, error: unknown): RouterError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return code === 'EADDRINUSE'
    ? new RouterError('endpoint.portTaken', `Port ${port} of this machine belongs to another program.`)
    : new RouterError('endpoint.portTaken', `Port ${port} can’t be opened (${code}).`);
}
