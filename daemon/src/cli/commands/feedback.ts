/** `task-router feedback`: says whether an answer was good, so that the next choice knows it. */
import { daemonRequests } from '@task-router/protocol';
import type { Command } from '../arguments.ts';
import { exitCodes } from '../exit-codes.ts';
import { lastDecision } from '../last-decision.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

/** Rejects with `decision.notFound`. A second grade of the same decision replaces the first. */
export async function feedbackCommand(
  session: Session,
  { grade, decisionId: given, json }: Extract<Command, { name: 'feedback' }>,
  output: Output,
): Promise<number> {
  const decisionId = given ?? (await lastDecision(session));
  const result = await session.client.request(daemonRequests.feedback, { decisionId, grade });
  if (json) output.json({ decisionId, grade, ...result });
  else output.line(`Graded ${grade}: decision ${plain(decisionId)}.`);
  return exitCodes.answered;
}
