/**
 * The proxy through which calls leave this machine. Developers have said it already, in `http.proxy` of the editor or in the
 * environment; whoever connects reads it there and tells the daemon, whose own environment is empty when an editor started it.
 */
import * as z from 'zod';

const maxEntries = 200;
const entryChars = 300;

/** Holds a password where the developer's proxy wants one: for the daemon's memory only. */
export const proxySettingsSchema = z.strictObject({
  /** Where it was read, for people: `http.proxy`, `HTTPS_PROXY`. */
  source: z.string().min(1).max(60),
  /** As it was written, perhaps with a name and a password; '': there is to be none. */
  url: z.string().max(2000),
  /** Value of `Proxy-Authorization`; null: what stands in `url`, if anything does. */
  authorization: z.string().max(4000).nullable(),
  /** Hosts that are called directly. */
  noProxy: z.array(z.string().max(entryChars)).max(maxEntries),
});
export type ProxySettings = z.output<typeof proxySettingsSchema>;

/** The proxy in force, as it may be shown: without name and password. */
export const proxyViewSchema = z.strictObject({
  source: z.string().max(60),
  /** null: calls go directly, because the setting says so. */
  address: z.string().max(300).nullable(),
  noProxy: z.array(z.string().max(entryChars)).max(maxEntries),
  /** Why nothing can be called through it, with what to do; null: nothing is known against it. */
  problem: z.string().max(500).nullable(),
});
export type ProxyView = z.output<typeof proxyViewSchema>;

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** `http.proxy` and its kin, from the developer's own settings; unchecked. */
export interface EditorProxySettings {
  readonly proxy: unknown;
  readonly noProxy: unknown;
  readonly authorization: unknown;
  readonly support: unknown;
}

/** Calls go over https, so that `https_proxy` is meant; many set only `http_proxy`, and editors take that as well. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;

/** What the environment says of a proxy; null: nothing. */
export function proxyOfEnvironment(environment: ProxyEnvironment): ProxySettings | null {
  const source = variables.find((name) => (environment[name]?.trim() ?? '') !== '');
  if (source === undefined) return null;
  const url = environment[source]?.trim() ?? '';
  return bounded({ source, url, authorization: null, noProxy: noProxyOf(environment) });
}

/** What an editor says of a proxy: its settings before its environment; null: nothing. */
export function proxyOfEditor(
  settings: EditorProxySettings,
  environment: ProxyEnvironment,
): ProxySettings | null {
  if (settings.support === 'off')
    return { source: 'http.proxySupport', url: '', authorization: null, noProxy: [] };
  const authorization = textOf(settings.authorization);
  const own: readonly unknown[] = Array.isArray(settings.noProxy) ? settings.noProxy : [];
  const noProxy = own.filter((entry) => typeof entry === 'string');
  const url = textOf(settings.proxy);
  if (url !== null)
    return bounded({
      ...{ source: 'http.proxy', url, authorization },
      noProxy: [...noProxy, ...noProxyOf(environment)],
    });
  const found = proxyOfEnvironment(environment);
  return found && bounded({ ...found, authorization, noProxy: [...noProxy, ...found.noProxy] });
}

function noProxyOf(environment: ProxyEnvironment): string[] {
  const text = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  return text.split(/[\s,]+/).filter((entry) => entry !== '');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** What is too long to be an address is one that can't be used, and is told as such. */
function bounded(settings: ProxySettings): ProxySettings {
  return {
    ...settings,
    url: settings.url.slice(0, 2000),
    authorization: settings.authorization?.slice(0, 4000) ?? null,
    noProxy: settings.noProxy.filter(({ length }) => length <= entryChars).slice(0, maxEntries),
  };
}
