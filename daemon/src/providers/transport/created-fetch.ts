/**
 * The runtime's `fetch` with a say in how connections are made. Its agents are undici's, which is part of Node but not offered by
 * it: their class is found through the agent that stands under the name by which all copies of undici share it. A copy of our own
 * beside the runtime's would bring a second HTTP parser in WebAssembly, and two of them in one process have been seen to end it
 * (decision 0026).
 */
import type { LookupFunction, Socket } from 'node:net';

type Fetch = typeof globalThis.fetch;
export type Dispatcher = NonNullable<NonNullable<Parameters<Fetch>[1]>['dispatcher']>;

/** Where undici wants a connection to. */
interface ConnectionWish {
  readonly hostname: string;
  /** '' for the usual one. */
  readonly port: string;
}

/** How connections are made: undici's own way with another lookup, or entirely by a function. */
export type Connect =
  { readonly lookup: LookupFunction } | ((wish: ConnectionWish, done: ConnectionDone) => void);

export type ConnectionDone = (error: Error | null, socket: Socket | null) => void;

type AgentClass = new (options: { readonly connect: Connect }) => Dispatcher;

const sharedAgent = Symbol.for('undici.globalDispatcher.1');

/** An agent of the runtime's `fetch`. Throws a `TypeError` where the runtime has none. */
export function createAgent(connect: Connect): Dispatcher {
  return new (agentClass())({ connect });
}

/** Never the plain `fetch` instead: its connections would not be checked. */
function agentClass(): AgentClass {
  // Node reads its copy when one of its classes is first looked at.
  const hasFetch = typeof globalThis.Response === 'function';
  const shared = hasFetch ? (globalThis as { readonly [sharedAgent]?: object })[sharedAgent] : undefined;
  // With NODE_USE_ENV_PROXY it is an agent around agents.
  const agent = shared === undefined ? undefined : [shared, ...partsOf(shared)].find(isAgent);
  if (agent === undefined) throw new TypeError('This runtime has no agents for connections of our own.');
  return agent.constructor as AgentClass;
}

function isAgent(value: object): boolean {
  return value.constructor.name === 'Agent';
}

function partsOf(agent: object): object[] {
  const values = Object.getOwnPropertySymbols(agent).map(
    (name): unknown => (agent as Readonly<Record<symbol, unknown>>)[name],
  );
  return values.filter((value) => typeof value === 'object' && value !== null);
}
