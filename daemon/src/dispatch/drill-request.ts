/** The facts of this moment as the drill takes them: every route that a client may see, for a task of each kind. */
import type { Clock, PolicyLayer } from '../engine/index.ts';
import { drillParams, drillTask } from './drill.ts';
import type { DrillRequest } from './drill.ts';
import { routeFacts } from './decide/facts.ts';
import { RouteTable } from './decide/route-table.ts';
import type { RouterParts } from './router-parts.ts';
import type { ClientContext } from './service.ts';

type Parts = Pick<RouterParts, 'fleet' | 'states' | 'local' | 'tokens' | 'quality' | 'reader'>;

export function drillRequest(
  parts: Parts,
  { clientId }: ClientContext,
  world: {
    readonly clock: Clock;
    readonly seed: number;
    readonly policy: PolicyLayer['policy'];
    /** As if accounts that were merely found were confirmed. */
    readonly allowFound: boolean;
  },
): DrillRequest {
  const { fleet, states, local, tokens, quality, reader } = parts;
  states.elapse();
  const table = new RouteTable(fleet.registry.visibleTo(clientId), world.allowFound);
  const shared = { table, states, local, tokens, nowMs: world.clock.nowMs(), seed: world.seed };
  return {
    factsFor: (kind) => {
      const task = drillTask(kind);
      const qualityOf = quality.forTask(reader.read(drillParams(kind)));
      return routeFacts({ ...shared, task, qualityOf });
    },
    policy: [{ level: 'user', name: 'config.jsonc', policy: world.policy }],
  };
}
