/**
 * Which proxy a connection goes through, if any: what the developer's settings mean. Calls to other machines go over https
 * alone, so that a proxy only ever carries tunnels (`tunnel.ts`). What can't be used is not silently done without: where
 * everything has to go through a proxy, a call around it is either lost or not wanted.
 */
import { BlockList, isIP } from 'node:net';
import { isLoopbackUrl } from '@task-router/protocol';
import type { ProxySettings, ProxyView } from '@task-router/protocol';
import { forbiddenAddressIn } from '../../platform/addresses.ts';

export interface Proxy {
  /** For people, without name and password: `http://proxy.example:8080`. */
  readonly address: string;
  /** Where the developer wrote it: `http.proxy`. */
  readonly source: string;
  readonly isSecure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Value of `Proxy-Authorization`; null: none. */
  readonly authorization: string | null;
  /** Why it can't be used, as a sentence with what to do; null: nothing is known against it. */
  readonly problem: string | null;
}

/** One client's word on proxies. */
export class ProxyRules {
  /** null: none is to be used. */
  readonly #proxy: Proxy | null;
  readonly #source: string;
  readonly #noProxy: readonly string[];

  constructor({ source, url, authorization, noProxy }: ProxySettings) {
    this.#source = source;
    this.#noProxy = noProxy;
    this.#proxy = url === '' ? null : proxyAt(url, source, authorization);
  }

  /** The proxy for calls to `baseUrl`; null: they go directly. This machine is never called through one. */
  proxyFor(baseUrl: string): Proxy | null {
    const target = URL.parse(baseUrl);
    if (this.#proxy === null || target === null || isLoopbackUrl(baseUrl)) return null;
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
    return this.#noProxy.some((entry) => isMeant(entry.toLowerCase(), host, port)) ? null : this.#proxy;
  }

  view(): ProxyView {
    return {
      source: this.#source,
      address: this.#proxy?.address ?? null,
      noProxy: [...this.#noProxy],
      problem: this.#proxy?.problem ?? null,
    };
  }
}

const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

function proxyAt(written: string, source: string, given: string | null): Proxy {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`);
  const isSecure = url?.protocol === 'https:';
  const authorization = given ?? (url === null ? null : basicOf(url));
  return {
    address: url === null || url.host === '' ? 'an unreadable address' : `${url.protocol}//${url.host}`,
    source,
    isSecure,
    host: url?.hostname.replace(/^\[|\]$/g, '') ?? '',
    port: url === null || url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    authorization,
    problem: problemOf(url, source, authorization),
  };
}

function problemOf(url: URL | null, source: string, authorization: string | null): string | null {
  if (url === null || url.hostname === '')
    return `${source} holds no address of a proxy. Write it as http://host:port.`;
  if (!/^https?:$/.test(url.protocol))
    return `${source} names a proxy for ${url.protocol.slice(0, -1)}, which can’t be used. Write an http:// or https:// one.`;
  const forbidden = forbiddenAddressIn(url.href);
  if (forbidden !== null)
    return `${source} names ${forbidden}, a link-local or reserved address, to which nothing goes. Correct it.`;
  if (authorization !== null && !headerValue.test(authorization))
    return `The name and password of ${source} hold characters that no header can. Correct them.`;
  return null;
}

function basicOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether an entry of `NO_PROXY` means this host: `*`; a name with all that ends in it, with or without a dot or `*.` in
 * front; an address; a network (`10.0.0.0/8`); each but `*` and a network perhaps with a port.
 */
function isMeant(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (isInNetwork(entry, host)) return true;
  const [, bracketed, plain = '', wantedPort] =
    /^(?:\[([0-9a-f:.]+)\]|(.+?))(?::(\d{1,5}))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (bracketed !== undefined) return isIP(host) === 6 && isSameAddress(bracketed, host);
  const name = plain.replace(/^\*?\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function isInNetwork(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  const version = isIP(network);
  if (version === 0 || version !== isIP(host) || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

function isSameAddress(one: string, other: string): boolean {
  return isInNetwork(`${one}/128`, other);
}
