/** The failover plan of a decision: its ranking, with what failover has to know of each route. */
import { familyOf } from '../../catalog/index.ts';
import type { FailoverPlan, PlannedRoute } from '../../engine/index.ts';
import { createFailoverPlan } from '../../engine/index.ts';
import type { DecisionRecord } from '../../store/records.ts';
import type { RouteHandle, RouteHandles } from '../decide/facts.ts';
import { expectedOf } from '../resources/call-request.ts';

/** Without a deadline of its own a task may take this long over all attempts. */
const defaultDeadlineMs = 10 * 60_000;

export function deadlineOf({ input }: DecisionRecord, startedAtMs: number): number {
  return startedAtMs + (input.task.deadlineMs ?? defaultDeadlineMs);
}

export function planOf(
  record: DecisionRecord,
  handles: Pick<RouteHandles, 'get'>,
  { deadlineAtMs, canContinue }: { readonly deadlineAtMs: number; readonly canContinue: boolean },
): FailoverPlan {
  const { task } = record.input;
  return createFailoverPlan({
    routes: record.selection.ranked.flatMap((routeId) => {
      const handle = handles.get(routeId);
      if (handle === undefined) return [];
      const route = plannedRoute(record, routeId, handle);
      return [canContinue ? route : { ...route, canContinue }];
    }),
    deadlineAtMs,
    maxCostUsd: task.maxCostUsd,
  });
}

function plannedRoute(
  record: DecisionRecord,
  routeId: string,
  { node, model, facts }: RouteHandle,
): PlannedRoute {
  const { task } = record.input;
  const expected = expectedOf(record, routeId);
  // What was written so far is read again, so a continued task is longer by up to its whole answer.
  const continuedTokens = task.inputTokens + 2 * task.outputTokens;
  return {
    routeId,
    nodeId: node.nodeId,
    contextWindow: facts.contextWindow,
    expectedCostUsd: expected.costUsd,
    expectedMs: expected.totalMs,
    family: modelFamily(model.modelId),
    // A structured answer can't be joined out of two halves by anybody who does not know its schema.
    canContinue:
      !task.needs.structuredOutput &&
      (facts.contextWindow === null || continuedTokens <= facts.contextWindow),
  };
}

/** `claude`, `gpt`, `qwen`: models that one vendor trained refuse the same. The scripted demo models are nobody's family. */
function modelFamily(modelId: string): string {
  const family = familyOf(modelId);
  const [vendor] = family.split('-');
  return vendor === undefined || vendor === '' || vendor === 'demo' ? family : vendor;
}
