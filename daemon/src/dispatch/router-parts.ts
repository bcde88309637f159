/**
 * The long-lived parts of the router, and how they hear of each other: nodes, route states, memories, resources,
 * monitor. They are made once, here; the service above them only answers requests.
 */
import type { EndpointView } from '@task-router/protocol';
import type { ConfigFile } from '../config/config-file.ts';
import type { Clock } from '../engine/index.ts';
import type { Logger } from '../platform/logger.ts';
import type { Connector } from '../providers/transport/connector.ts';
import type { Endpoint, Provider } from '../providers/provider.ts';
import type { RoutingModel } from '../routing-model/index.ts';
import type { Store } from '../store/store.ts';
import { BalanceMemory } from './memory/balance-memory.ts';
import { HealthProber } from './health/health-prober.ts';
import { HistoryKeeper } from './history-keeper.ts';
import { Lessons } from './memory/lessons.ts';
import { LocalServers } from './local/local-servers.ts';
import { Monitor } from './health/monitor.ts';
import type { Environment } from './nodes/fleet.ts';
import { NodeFleet } from './nodes/fleet.ts';
import type { Node } from './nodes/node.ts';
import { QualityMemory } from './memory/quality-memory.ts';
import { ResourceDesk } from './resources/desk.ts';
import { PolicyBook } from './decide/policy-book.ts';
import { RouteMemory } from './memory/route-memory.ts';
import { RouteStates } from './health/route-states.ts';
import { RouteTables } from './decide/route-table.ts';
import { RetryGate } from './run/retry-gate.ts';
import type { EventSink } from './service.ts';
import { Spending } from './decide/spending.ts';
import { TaskReader } from './decide/task-reader.ts';
import { TokenMemory } from './memory/token-memory.ts';

export interface RouterDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  readonly config: ConfigFile;
  readonly demoFile: string;
  /** Memory of this machine. */
  readonly machineBytes: number;
  readonly routingModel: RoutingModel;
  readonly createProvider: (endpoint: Endpoint) => Provider;
  readonly connector: Connector;
  /** What the developer started this daemon with, by hand. */
  readonly environment: Environment;
  readonly createId: () => string;
  /** A fresh 32-bit seed for a decision. */
  readonly createSeed: () => number;
  readonly events: EventSink;
  /** The endpoint for other tools, for what clients are shown. */
  readonly endpointView: () => EndpointView;
  readonly version: string;
}

export interface RouterParts {
  readonly fleet: NodeFleet;
  readonly states: RouteStates;
  readonly resources: ResourceDesk;
  readonly retries: RetryGate;
  readonly lessons: Lessons;
  readonly local: LocalServers;
  readonly tables: RouteTables;
  readonly policies: PolicyBook;
  readonly memory: RouteMemory;
  readonly monitor: Monitor;
  readonly keeper: HistoryKeeper;
  readonly balance: BalanceMemory;
  readonly reader: TaskReader;
  readonly quality: QualityMemory;
  readonly tokens: TokenMemory;
  readonly spending: Spending;
  readonly prober: HealthProber;
  readonly routingVersion: string;
  /** Brings up to date what a decision of this client relies on; bounded, never rejects. */
  readonly lookAround: (clientId?: string) => Promise<void>;
}

/** Makes and joins the parts. `announce` is called after every change that a client may see; it may be called often. */
export function createRouterParts(deps: RouterDeps, announce: () => void): RouterParts {
  const { store, clock, log, config, routingModel } = deps;
  const nodes = (): readonly Node[] => fleet.registry.all();
  const memory = new RouteMemory(store, clock, log);
  const lessons = new Lessons(log);
  const states: RouteStates = new RouteStates({
    ...deps,
    nodes,
    lessons,
    onChange: () => {
      memory.forgetCandidates();
      announce();
    },
    onAlarm: (alarm) => monitor.raise(alarm),
  });
  const monitor = new Monitor({
    ...deps,
    actions: {
      reprobe: (routeId) => prober.probeNow(routeId),
      degrade: (routeId, evidence) => states.noteSlowness(routeId, evidence),
      resetPosterior: (routeId) => states.resetHistory(routeId),
      refreshPrices: (routeId) => prober.probeNow(routeId),
    },
    onChange: announce,
  });
  // A part may tell of a change while the others are still being made.
  let isJoined = false;
  const onChange = (): void => {
    if (isJoined) memory.noteWorld(nodes(), config.current().policy);
    announce();
  };
  const resources: ResourceDesk = new ResourceDesk({
    ...deps,
    slotsOf: (node) => local.slots(node),
    seenFirstTokenMs: (route, inputTokens) => local.seenFirstTokenMs(route, inputTokens),
    // Every call gives something back; of nodes, prices and policy that says nothing.
    onChange: announce,
  });
  const fleet: NodeFleet = new NodeFleet({ ...deps, onChange });
  const local: LocalServers = new LocalServers({
    ...deps,
    nodes,
    inFlight: (nodeId) => resources.inFlight(nodeId),
    onChange,
  });
  const prober: HealthProber = new HealthProber(fleet, states, clock);
  isJoined = true;
  onChange();
  prober.reschedule();
  return {
    ...{ fleet, states, resources, local, lessons, memory, monitor, prober },
    tables: new RouteTables(),
    policies: new PolicyBook(),
    retries: new RetryGate(clock),
    keeper: new HistoryKeeper({ ...deps, lessons }),
    balance: new BalanceMemory(store, clock, lessons),
    reader: new TaskReader(store, clock, routingModel),
    quality: new QualityMemory(deps, routingModel),
    tokens: new TokenMemory(store, clock),
    spending: new Spending(store, clock),
    routingVersion: routingModel.version,
    lookAround: async (clientId) => {
      await fleet.refresh(clientId);
      await local.refresh();
    },
  };
}
