/** `task-router explain`: the card of a stored decision, its attempts, and whether a replay agrees. */
import type { ResultOf } from '@task-router/protocol';
import { daemonRequests, failureWords } from '@task-router/protocol';
import { decisionCard } from '../card.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatMs, formatUsd } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import { allocationLines } from '../resource-lines.ts';
import type { Session } from '../session.ts';
import { lastDecision } from '../last-decision.ts';

type Explanation = ResultOf<typeof daemonRequests.explain>;

/** Rejects with `decision.notFound`. Exit code 1 when the replay differs. */
export async function explainCommand(
  session: Session,
  command: { readonly decisionId: string | null; readonly verify: boolean; readonly json: boolean },
  output: Output,
): Promise<number> {
  const decisionId = command.decisionId ?? (await lastDecision(session));
  const explanation = await session.client.request(daemonRequests.explain, {
    decisionId,
    verify: command.verify,
  });
  if (command.json) output.json(explanation);
  else output.line(explanationText(explanation, output.columns));
  return explanation.replay?.identical === false ? exitCodes.failed : exitCodes.answered;
}

function explanationText(explanation: Explanation, columns: number): string {
  const { decision, attempts, transitions, allocations = [], outcome, grade, replay } = explanation;
  return [
    decisionCard(decision, { whole: true, columns }),
    '',
    ...attempts.map(
      (attempt) =>
        `  attempt on ${plain(attempt.route)}: ${attempt.status}` +
        (attempt.failure === null
          ? ''
          : ` (${failureWords[attempt.failure]}: ${plain(attempt.message ?? '')})`) +
        `, first token ${formatMs(attempt.timings.firstTokenMs)}, total ${formatMs(attempt.timings.totalMs)}` +
        (attempt.warning === undefined ? '' : `\n    ! ${plain(attempt.warning)}`),
    ),
    ...transitions.map(
      ({ from, to, cause, mode }) =>
        `  failover ${plain(from)} → ${plain(to)}: ${failureWords[cause]}, ${mode === 'restart' ? 'from the start' : 'went on'}`,
    ),
    ...allocations.flatMap(allocationLines),
    outcome === null ? '  no outcome yet' : `  ${outcome.status}, cost ${formatUsd(outcome.costUsd)}`,
    ...(grade === null ? [] : [`  graded ${grade}`]),
    ...replayLines(replay),
  ].join('\n');
}

function replayLines(replay: Explanation['replay']): string[] {
  if (replay === null) return [];
  return replay.identical
    ? ['  decided again: the same, bit for bit']
    : [`  decided again: different: ${plain(replay.difference ?? '')}`];
}
