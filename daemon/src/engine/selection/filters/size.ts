/** Whether the task fits: prompt and answer into the context window, the answer into what the model writes at most. */
import { assumedContextWindow } from '../../config/tokens.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { Rejection } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';
import { neededTokens } from '../expected.ts';
import { wordTokens } from '../words.ts';
import { keep, type Filter } from './filter.ts';

export const sizeFilter: Filter = (route, { task }) => {
  const window = windowRejection(route, task);
  const output = outputRejection(route, task);
  if (window === null && output === null) return keep;
  return [window, output].filter((rejection) => rejection !== null);
};

function windowRejection(route: RouteFacts, task: TaskFacts): Rejection | null {
  const { contextWindow } = route;
  const tokens = neededTokens(task, route);
  if (tokens <= (contextWindow ?? assumedContextWindow)) return null;
  const limit =
    contextWindow === null
      ? `its context window is unknown, and ${wordTokens(assumedContextWindow)} is what is trusted then`
      : `reads at most ${wordTokens(contextWindow)}`;
  return {
    code: 'capability.contextWindow',
    reason: `needs ${wordTokens(tokens)} tokens, ${limit}`,
    setting: null,
  };
}

/** An unknown limit is left for the server to state. */
function outputRejection({ maxOutputTokens }: RouteFacts, { outputTokens }: TaskFacts): Rejection | null {
  if (maxOutputTokens === null || outputTokens <= maxOutputTokens) return null;
  return {
    code: 'capability.outputTokens',
    reason: `the answer needs ${wordTokens(outputTokens)} tokens, writes at most ${wordTokens(maxOutputTokens)}`,
    setting: null,
  };
}
