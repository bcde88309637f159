/**
 * Makes the connections of all calls: directly, to addresses that may be called, or through the developer's proxy. The
 * agents of `fetch` are shared by all servers, so that a short-lived caller finds the connections of the one before.
 */
import type { LookupFunction } from 'node:net';
import { isLoopbackUrl } from '@task-router/protocol';
import { guardedLookup } from './allowed-address.ts';
import { createAgent } from './created-fetch.ts';
import type { Dispatcher } from './created-fetch.ts';
import { Proxies } from './proxies.ts';
import type { Proxy, ProxyRules } from './proxy.ts';
import { connectThrough } from './tunnel.ts';

type Fetch = typeof globalThis.fetch;

export class Connector {
  readonly proxies: Proxies;
  /** By the kind of lookup: names of this machine lead nowhere else. */
  readonly #direct = new Map<'thisMachine' | 'anywhere', Dispatcher>();
  #tunnels: { readonly proxy: Proxy; readonly agent: Dispatcher } | null = null;

  constructor(proxies: Proxies = new Proxies(null)) {
    this.proxies = proxies;
  }

  wayTo(baseUrl: string): Way {
    return new Way(this, baseUrl);
  }

  /** The agent for calls to `baseUrl`. Throws a `TypeError` where the runtime has none. */
  agentFor(baseUrl: string, proxy: Proxy | null): Dispatcher {
    if (proxy !== null) return this.#tunnelsOf(proxy);
    const kind = isLoopbackUrl(baseUrl) ? 'thisMachine' : 'anywhere';
    const known = this.#direct.get(kind);
    if (known !== undefined) return known;
    const agent = createAgent({ lookup: guardedLookup(baseUrl) });
    this.#direct.set(kind, agent);
    return agent;
  }

  /** Ends all kept connections and whatever still runs over them. */
  async close(): Promise<void> {
    const agents = [...this.#direct.values(), ...(this.#tunnels === null ? [] : [this.#tunnels.agent])];
    this.#direct.clear();
    this.#tunnels = null;
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  #tunnelsOf(proxy: Proxy): Dispatcher {
    if (this.#tunnels?.proxy === proxy) return this.#tunnels.agent;
    // Calls that still run through the former proxy come to their end.
    void this.#tunnels?.agent.close();
    const agent = createAgent(connectThrough(proxy));
    this.#tunnels = { proxy, agent };
    return agent;
  }
}

/** The way to one server. */
export class Way {
  /** For connections that are made without `fetch`. */
  readonly lookup: LookupFunction;
  readonly #connector: Connector;
  readonly #baseUrl: string;
  /** The rules for which `#proxy` holds. */
  #rules: ProxyRules | null = null;
  #proxy: Proxy | null = null;
  #agent: Dispatcher | null = null;

  constructor(connector: Connector, baseUrl: string) {
    this.#connector = connector;
    this.#baseUrl = baseUrl;
    this.lookup = guardedLookup(baseUrl);
  }

  /** The proxy that the next connection goes through; null: none. */
  get proxy(): Proxy | null {
    const rules = this.#connector.proxies.current;
    if (rules !== this.#rules) {
      this.#rules = rules;
      this.#proxy = rules?.proxyFor(this.#baseUrl) ?? null;
      this.#agent = null;
    }
    return this.#proxy;
  }

  /** As the runtime's. It rejects with a `TypeError` where the runtime has no agents: it never calls unchecked. */
  readonly fetch: Fetch = async (input, init) => {
    const { proxy } = this;
    const dispatcher = (this.#agent ??= this.#connector.agentFor(this.#baseUrl, proxy));
    return fetch(input, { ...init, dispatcher });
  };
}
