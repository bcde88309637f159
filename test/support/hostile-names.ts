/**
 * Names as a hostile resolver would answer for them, for a process that is started with `--import` of this file: TEST_NAMES is
 * a JSON object of names and their addresses. Nothing else is looked up differently.
 */
import dns from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

const names = JSON.parse(process.env['TEST_NAMES'] ?? '{}') as Record<string, string[]>;
const real = dns.lookup.bind(dns);

type Done = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void;

function lookup(name: string, options: { readonly all?: boolean }, done: Done): void {
  const known = names[name];
  if (known === undefined) {
    real(name, options as dns.LookupAllOptions, done);
    return;
  }
  const addresses = known.map((address) => ({ address, family: isIP(address) }));
  const [first] = addresses;
  process.nextTick(() => {
    if (options.all === true) done(null, addresses);
    else done(null, first?.address ?? '', first?.family);
  });
}

Object.assign(dns, { lookup });
