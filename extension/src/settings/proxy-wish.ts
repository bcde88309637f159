/**
 * The proxy as this window finds it: the developer's own `http.*` settings before the environment. Read level by level: a
 * repository has no say in where calls go. It is told on every connection and whenever the settings change, and only by a
 * window that trusts its workspace, as keys are.
 */
import { proxyOfEditor } from '@task-router/protocol';
import type {
  EditorProxySettings,
  ParamsInputOf,
  ProxyEnvironment,
  daemonRequests,
} from '@task-router/protocol';

export const proxySettings = {
  proxy: 'http.proxy',
  noProxy: 'http.noProxy',
  authorization: 'http.proxyAuthorization',
  support: 'http.proxySupport',
} as const;

export interface ProxyPorts {
  /** The developer's own value of a setting, not a workspace's. */
  readonly read: (name: string) => unknown;
  readonly environment: ProxyEnvironment;
  readonly isTrusted: () => boolean;
  readonly setProxy: (params: ParamsInputOf<typeof daemonRequests.setProxy>) => Promise<unknown>;
  readonly warn: (message: string) => void;
}

export class ProxyWish {
  readonly #ports: ProxyPorts;

  constructor(ports: ProxyPorts) {
    this.#ports = ports;
  }

  /** Tells the daemon what is set now. Never rejects: a daemon of an older version knows nothing of proxies. */
  async send(): Promise<void> {
    const { environment, isTrusted, setProxy, warn } = this.#ports;
    if (!isTrusted()) return;
    try {
      await setProxy({ proxy: proxyOfEditor(this.#settings(), environment) });
    } catch (error) {
      warn(`The proxy was not taken: ${error instanceof Error ? error.message : 'unknown reason'}`);
    }
  }

  #settings(): EditorProxySettings {
    const { read } = this.#ports;
    return {
      proxy: read(proxySettings.proxy),
      noProxy: read(proxySettings.noProxy),
      authorization: read(proxySettings.authorization),
      support: read(proxySettings.support),
    };
  }
}
