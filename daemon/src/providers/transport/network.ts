/** What a broken connection means. Only the code and the place are told: a runtime error can quote anything. */
import type { FailureKind } from '@task-router/protocol';
import { ForbiddenAddress } from './allowed-address.ts';
import type { FailureSource } from '../errors/errors.ts';
import { failureOf } from '../errors/errors.ts';
import { ProviderError } from '../provider.ts';
import type { Proxy } from './proxy.ts';
import { ProxyFailure } from './tunnel.ts';

/** Codes of a connection that never came about. */
const unconnectedCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Codes of a certificate that nobody here vouches for, as those of companies that look into TLS. */
const unknownCertificate =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT(?:_LOCALLY)?|VERIFY_LEAF_SIGNATURE))$/;

/** For an error thrown by fetch or while reading its body. */
export function networkFailure(source: FailureSource, thrown: unknown): ProviderError {
  const refused = chainOf(thrown).find((each) => each instanceof ForbiddenAddress);
  if (refused !== undefined) return forbiddenAddress(source, refused.address);
  const proxied = chainOf(thrown).find((each) => each instanceof ProxyFailure);
  if (proxied !== undefined) return proxyFailure(source, proxied);
  const code = codeOf(thrown);
  const [kind, what] = meaningOf(code);
  const failure = failureOf(source, kind, what);
  if (!unconnectedCodes.has(code ?? '') && !unknownCertificate.test(code ?? '')) return failure;
  return new ProviderError(kind, failure.message, { connected: false });
}

/** The server would have an address that no call goes to; nothing was connected. */
export function forbiddenAddress(source: FailureSource, address: string): ProviderError {
  const what = `${source.host.includes(address) ? '' : `leads to ${address}, which `}is no address of a model server; nothing was sent.`;
  const { message } = failureOf(source, 'network', what);
  return new ProviderError('network', message, { connected: false });
}

/** No connection came about within `limitMs`; `proxy`: what it should have gone through. */
export function neverConnected(source: FailureSource, limitMs: number, proxy: Proxy | null): ProviderError {
  const through = proxy === null ? '' : ` through the proxy ${proxy.address}`;
  const { message } = failureOf(source, 'network', `could not be reached within ${limitMs} ms${through}.`);
  return new ProviderError('network', message, { connected: false });
}

/** The message is the proxy's alone: its own words say whom it kept from whom. */
function proxyFailure(source: FailureSource, { message, isOfAllCalls }: ProxyFailure): ProviderError {
  const { message: redacted } = failureOf(source, 'network', `was not called. ${message}`);
  return new ProviderError('network', redacted, { connected: false, isOwnNetwork: isOfAllCalls });
}

/** Whether an error, or one of its causes, is the runtime's word for a connection that broke. */
export function isNetworkError(thrown: unknown): boolean {
  return chainOf(thrown).some(
    (each) =>
      codeOf(each) !== null || (each instanceof TypeError && /terminated|fetch failed/.test(each.message)),
  );
}

/** An error and its causes, at most ten. */
export function chainOf(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  let each = thrown;
  while (each !== undefined && each !== null && chain.length < 10 && !chain.includes(each)) {
    chain.push(each);
    each = typeof each === 'object' && 'cause' in each ? each.cause : undefined;
  }
  return chain;
}

function meaningOf(code: string | null): [FailureKind, string] {
  if (unknownCertificate.test(code ?? '')) {
    const next =
      'If your network looks into TLS, let NODE_EXTRA_CA_CERTS name the file of its certificate and start the daemon anew.';
    return ['network', `has a certificate that nobody here vouches for (${code}). ${next}`];
  }
  switch (code) {
    case 'ECONNREFUSED':
      return ['network', 'refused the connection; no server listens there.'];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['network', `was not found (${code}).`];
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return ['network', `could not be reached (${code}).`];
    // The runtime's own limits; the dispatcher's are shorter, as a rule.
    case 'UND_ERR_HEADERS_TIMEOUT':
      return ['firstTokenTimeout', 'did not begin to answer.'];
    case 'UND_ERR_BODY_TIMEOUT':
      return ['stall', 'stopped in the middle of its answer.'];
    default:
      return ['network', `broke the connection${code === null ? '' : ` (${code})`}.`];
  }
}

function codeOf(thrown: unknown): string | null {
  for (const each of chainOf(thrown)) {
    const inner: readonly unknown[] = each instanceof AggregateError ? each.errors : [];
    for (const candidate of [each, ...inner.slice(0, 4)]) {
      const code =
        typeof candidate === 'object' && candidate !== null && 'code' in candidate ? candidate.code : null;
      if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code;
    }
  }
  return null;
}
