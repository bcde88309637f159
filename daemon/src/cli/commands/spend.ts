/** `task-router spend`: what was spent against which budget, how sure that is, and where the estimates are off. */
import { daemonRequests } from '@task-router/protocol';
import type { Output } from '../output.ts';
import { spendText } from '../resource-lines.ts';
import type { Session } from '../session.ts';

export async function spendCommand(
  session: Session,
  { json }: { readonly json: boolean },
  output: Output,
): Promise<void> {
  const spend = await session.client.request(daemonRequests.spend, {});
  if (json) output.json(spend);
  else output.line(spendText(spend, output.columns));
}
