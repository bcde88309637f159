/**
 * The developer's own settings for the endpoint on their way to the daemon. A repository has no say: only values of the
 * user's settings count, and only a window that trusts its workspace hands them over. Pure of the editor.
 */
import { endpointPortSchema, type EndpointView } from '@task-router/protocol';

export interface EndpointSettings {
  readonly enabled: boolean;
  readonly port?: number;
}

export interface EndpointWishPorts {
  /** The user's own values, of whatever shape. */
  read(): { readonly enabled: unknown; readonly port: unknown };
  isTrusted(): boolean;
  configure(settings: EndpointSettings): Promise<EndpointView>;
  /** It should listen and can't. */
  tell(problem: NonNullable<EndpointView['problem']>): void;
}

export class EndpointWish {
  readonly #ports: EndpointWishPorts;

  constructor(ports: EndpointWishPorts) {
    this.#ports = ports;
  }

  /** To be called on every new connection: a daemon that has just started knows of no settings. */
  async connected(): Promise<void> {
    // Off is how a daemon begins, so saying nothing is no wish. A wish for off is one: the daemon may still have it on, from
    // before the setting was changed.
    if (typeof this.#ports.read().enabled === 'boolean') await this.send();
  }

  /** To be called when the developer has changed the settings. */
  async send(): Promise<void> {
    if (!this.#ports.isTrusted()) return;
    const settings = this.#settings();
    const { problem } = await this.#ports.configure(settings);
    if (settings.enabled && problem !== null) this.#ports.tell(problem);
  }

  #settings(): EndpointSettings {
    const { enabled, port } = this.#ports.read();
    const known = endpointPortSchema.safeParse(port);
    return { enabled: enabled === true, ...(known.success && { port: known.data }) };
  }
}
