/**
 * `fetch` with a say in how connections are made, which the runtime's own does not give: undici's, of which the runtime's is
 * a copy. The whole library, because it and the runtime's copy speak to agents of their own version only.
 */
import type { LookupFunction } from 'node:net';
import type { Agent } from 'undici';

/** A `fetch` whose connections find their addresses by `lookup`. The library is read when the first call is made. */
export function createFetch(lookup: LookupFunction): typeof globalThis.fetch {
  let agent: Agent | null = null;
  return async (input, init) => {
    const undici = await import('undici');
    agent ??= new undici.Agent({ connect: { lookup } });
    // The same standard; only the names of the types differ.
    const own = undici.fetch as unknown as (from: typeof input, how: object) => Promise<Response>;
    return own(input, { ...init, dispatcher: agent });
  };
}
