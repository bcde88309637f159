/**
 * What-if on one's own history: decides stored tasks again under another user policy, from the facts of the time and
 * without any model call, and estimates what that would have changed. Works a few decisions at a time, so that running
 * tasks don't notice.
 */
import { RouterError } from '@task-router/protocol';
import type { ParamsOf, ResultOf, replayRequest } from '@task-router/protocol';
import type { LoggedChoice, PolicyLayer, Selection, SelectionInput } from '../engine/index.ts';
import { engineVersion, estimatePolicy, evidenceFor, selectPrimaryRoute } from '../engine/index.ts';
import type { LoggedDecision } from '../store/records.ts';
import type { History } from '../store/store.ts';
import { expectedQuality } from './health/monitor.ts';

type Params = ParamsOf<typeof replayRequest>;
type Result = ResultOf<typeof replayRequest>;

const pageDecisions = 20;
const shownMoves = 50;

/** Rejects when aborted. */
export async function replayHistory(params: Params, history: History, signal: AbortSignal): Promise<Result> {
  const choices: LoggedChoice[] = [];
  const moves = new Map<string, { from: string; to: string | null; tasks: number }>();
  let [skipped, unroutable, seen] = [0, 0, 0];
  for (let before = null as { createdAtMs: number; decisionId: string } | null; seen < params.limit;) {
    const limit = Math.min(pageDecisions, params.limit - seen);
    const page = history.logged({ before, sinceMs: params.sinceMs, limit });
    const last = page.at(-1)?.decision;
    if (last === undefined) break;
    seen += page.length;
    before = { createdAtMs: last.createdAtMs, decisionId: last.decisionId };
    for (const logged of page) {
      if (!isUsable(logged)) {
        skipped += 1;
        continue;
      }
      const { input, selection } = logged.decision;
      const again = selectPrimaryRoute(underPolicy(input, params.policy));
      const choice = choiceOf(logged, again);
      choices.push(choice);
      if (again.chosen === null) unroutable += 1;
      if (again.chosen === selection.chosen) continue;
      const key = JSON.stringify([selection.chosen, again.chosen]);
      const move = moves.get(key) ?? { from: selection.chosen ?? '', to: again.chosen, tasks: 0 };
      move.tasks += 1;
      moves.set(key, move);
    }
    await nextTurn();
    if (signal.aborted)
      throw new RouterError('request.invalid', 'The replay was cancelled.', { next: 'Nothing to do.' });
  }
  const estimate = estimatePolicy(choices);
  const list = [...moves.values()].sort((a, b) => b.tasks - a.tasks);
  return {
    decisions: choices.length,
    skipped,
    moved: list.reduce((sum, { tasks }) => sum + tasks, 0),
    unroutable,
    moves: list
      .slice(0, shownMoves)
      .map((move) => ({ ...move, evidence: move.to === null ? 0 : evidenceFor(choices, move.to) })),
    ...estimate.figures,
    effectiveSampleSize: estimate.effectiveSampleSize,
    notEnoughData: estimate.notEnoughData,
  };
}

/** The same engine, a route that was chosen, and an end that says something of it. */
function isUsable({ decision, outcome }: LoggedDecision): boolean {
  return (
    decision.versions.engine === engineVersion &&
    decision.selection.chosen !== null &&
    (outcome.status === 'succeeded' || outcome.status === 'failed')
  );
}

/** Only the user's own layer is replaced: what a workspace or a task demanded still holds. */
function underPolicy(input: SelectionInput, policy: PolicyLayer['policy']): SelectionInput {
  return {
    ...input,
    policy: input.policy.map((layer) => (layer.level === 'user' ? { ...layer, policy } : layer)),
  };
}

function choiceOf({ decision, outcome, grade }: LoggedDecision, again: Selection): LoggedChoice {
  const { selection } = decision;
  return {
    kind: decision.kind,
    routeId: selection.chosen ?? '',
    propensity: selection.propensity,
    target: targetOf(again),
    outcome: {
      success: outcome.status === 'succeeded' && grade !== 'bad' ? 1 : 0,
      costUsd: outcome.costUsd,
      totalMs: outcome.totalMs,
    },
    expected: (routeId) => {
      const candidate =
        selection.candidates.find((each) => each.routeId === routeId && each.eligible) ??
        again.candidates.find((each) => each.routeId === routeId && each.eligible);
      if (candidate?.eligible !== true) return null;
      const { costUsd, totalMs } = candidate.expected;
      return { success: expectedQuality(decision, routeId), costUsd, totalMs };
    },
  };
}

function targetOf({ chosen, exploration }: Selection): LoggedChoice['target'] {
  if (chosen === null) return [];
  return exploration?.nearTies ?? [{ routeId: chosen, propensity: 1 }];
}

/** Lets everything else that waits have its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
