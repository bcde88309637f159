/**
 * Where a name may lead. A node's name is the developer's word, what it resolves to is whoever answers for
 * that name: it could lead our calls to what only this machine can reach (`platform/addresses.ts`).
 *
 * The answer is checked where the connection is made, and the connection goes to the very address that was checked: a name
 * that is harmless when it is asked first and not the second time gains nothing.
 */
import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isLoopbackUrl } from '@task-router/protocol';
import { isAllowedAddress, isOfThisMachine } from '../../platform/addresses.ts';

/** The name led to an address that no call goes to. Nothing was connected. */
export class ForbiddenAddress extends Error {
  readonly address: string;

  constructor(address: string) {
    super(`${address} is no address of a model server`);
    this.name = 'ForbiddenAddress';
    this.address = address;
  }
}

/**
 * For connections to the server at `baseUrl`: as `dns.lookup`, but fails with `ForbiddenAddress` where one of the answers is
 * none that may be called. `localhost` is this machine or nothing, because calls to it go in the clear.
 */
export function guardedLookup(baseUrl: string): LookupFunction {
  const mayBe = isLoopbackUrl(baseUrl) ? isOfThisMachine : isAllowedAddress;
  return (name, options, done) => {
    dns.lookup(name, { ...options, all: true }, (error, addresses) => {
      const refused = error === null ? addresses.find(({ address }) => !mayBe(address)) : undefined;
      if (error !== null) done(error, '', 0);
      else if (refused !== undefined) done(new ForbiddenAddress(refused.address), '', 0);
      else if (options.all === true) done(null, addresses);
      else done(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 0);
    });
  };
}
