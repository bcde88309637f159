/** `task-router node`: what a developer does to a node or one of its routes, and takes back. */
import { RouterError, daemonRequests, stateWords } from '@task-router/protocol';
import type { HealthActionName, HealthTarget } from '@task-router/protocol';
import { askYes } from '../ask-yes.ts';
import { exitCodes } from '../exit-codes.ts';
import { fitTable } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

export interface NodeCommand {
  readonly action: HealthActionName;
  /** A node's id, or a route's: `node/model`. */
  readonly of: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Rejects with `health.*`. */
export async function nodeCommand(session: Session, command: NodeCommand, output: Output): Promise<number> {
  const target = await targetNamed(session, command.of);
  const { action, dryRun } = command;
  const set = (confirmed: boolean) =>
    session.client.request(daemonRequests.setRouteState, { target, action, dryRun, confirmed });
  const result = await set(command.yes).catch(async (error: unknown) => {
    if (!(error instanceof RouterError) || error.code !== 'health.lastRoute' || !output.isTerminal)
      throw error;
    const instead = { message: error.message, next: error.next };
    return (await askYes(output, `${error.message} Go on?`, instead)) ? set(true) : null;
  });
  if (result === null) {
    output.line('Nothing was changed.');
    return exitCodes.failed;
  }
  if (command.json) output.json(result);
  else {
    output.line(plain(result.message));
    const rows = result.changes.map(({ routeId, from, to, reason }) => [
      ...[plain(routeId), `${stateWords[from]} → ${stateWords[to]}`, plain(reason ?? '')],
    ]);
    if (rows.length > 0) output.line(fitTable(rows, output.columns));
  }
  return exitCodes.answered;
}

/** A model's name may have any sign in it, so only the daemon knows what is a node and what a route. */
async function targetNamed(session: Session, name: string): Promise<HealthTarget> {
  const { nodes } = await session.client.request(daemonRequests.health, {});
  return nodes.some(({ nodeId }) => nodeId === name)
    ? { type: 'node', nodeId: name }
    : { type: 'route', routeId: name };
}
