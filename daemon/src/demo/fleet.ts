/** The demo fleet in this process: three servers with one control token, ended together. */
import { randomBytes } from 'node:crypto';
import type { FaultPlan } from './fault-plan.ts';
import { demoProfiles, demoServerIds } from './profiles.ts';
import type { DemoServerId } from './profiles.ts';
import { startDemoServer } from './server.ts';
import type { DemoServer, DemoServerOptions } from './server.ts';

export interface DemoFleetOptions extends Pick<DemoServerOptions, 'seed' | 'speed' | 'host'> {
  /** Faults for generations by server, instead of the server's own. */
  readonly faults?: Partial<Record<DemoServerId, FaultPlan>>;
  /** Fixed ports by server; any free one otherwise. */
  readonly ports?: Partial<Record<DemoServerId, number>>;
}

export interface DemoFleet {
  /** In the order fast, strong, flaky. */
  readonly servers: readonly DemoServer[];
  /** For the control endpoint of each server. */
  readonly controlToken: string;
  /** One server by its id. */
  readonly server: (id: DemoServerId) => DemoServer;
  /** Stops all servers; resolves when their ports are free. */
  readonly dispose: () => Promise<void>;
}

/** Starts the three servers. Rejects, with none left running, when one can't be started. */
export async function startDemoFleet(options: DemoFleetOptions = {}): Promise<DemoFleet> {
  const { faults = {}, ports = {}, ...common } = options;
  const controlToken = randomBytes(16).toString('hex');
  const started = await Promise.allSettled(
    demoServerIds.map((id) => {
      const plan = faults[id];
      return startDemoServer(demoProfiles[id], {
        ...common,
        controlToken,
        port: ports[id] ?? 0,
        ...(plan === undefined ? {} : { faults: plan }),
      });
    }),
  );
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const dispose = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await dispose();
    throw failed.reason;
  }
  return {
    servers,
    controlToken,
    server(id) {
      const found = servers.find((server) => server.id === id);
      if (found === undefined) throw new Error(`The demo fleet has no server ${id}.`);
      return found;
    },
    dispose,
  };
}
