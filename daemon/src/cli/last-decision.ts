/** The decision that a command means when it is given none. */
import { RouterError, daemonRequests } from '@task-router/protocol';
import type { Session } from './session.ts';

/** Rejects with `decision.notFound`. */
export async function lastDecision(session: Session): Promise<string> {
  const { decisions } = await session.client.request(daemonRequests.decisions, { limit: 1 });
  const [last] = decisions;
  if (!last) {
    throw new RouterError('decision.notFound', 'No decision has been made yet.', {
      next: 'Route a task first.',
    });
  }
  return last.decisionId;
}
