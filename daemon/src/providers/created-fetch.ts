/**
 * The runtime's `fetch` with a say in how connections are made. Its agents are undici's, which is part of Node but not offered by
 * it: their class is found through the agent that stands under the name by which all copies of undici share it. A copy of our own
 * beside the runtime's would bring a second HTTP parser in WebAssembly, and two of them in one process have been seen to end it
 * (decision 0026).
 */
import type { LookupFunction } from 'node:net';

type Fetch = typeof globalThis.fetch;
type Dispatcher = NonNullable<NonNullable<Parameters<Fetch>[1]>['dispatcher']>;
type AgentClass = new (options: { readonly connect: { readonly lookup: LookupFunction } }) => Dispatcher;

const sharedAgent = Symbol.for('undici.globalDispatcher.1');

/** A `fetch` whose connections find their addresses by `lookup`. It rejects with a `TypeError` where the runtime has no agents. */
export function createFetch(lookup: LookupFunction): Fetch {
  let dispatcher: Dispatcher | null = null;
  return async (input, init) => {
    dispatcher ??= new (runtimeAgent())({ connect: { lookup } });
    return fetch(input, { ...init, dispatcher });
  };
}

/** Never the plain `fetch` instead: its connections would not be checked. */
function runtimeAgent(): AgentClass {
  // Node reads its copy when one of its classes is first looked at.
  const hasFetch = typeof globalThis.Response === 'function';
  const agent = hasFetch ? (globalThis as { readonly [sharedAgent]?: object })[sharedAgent] : undefined;
  if (agent?.constructor.name !== 'Agent')
    throw new TypeError('This runtime has no agents for connections of our own.');
  return agent.constructor as AgentClass;
}
