/** What the developer chose for this one task: a certain route, or any but these. */
import type { RouteFacts } from '../../model/route.ts';
import type { Rejection } from '../../model/selection.ts';
import { keep, reject, type FilterContext } from './filter.ts';

export function choiceFilter(
  { routeId }: Pick<RouteFacts, 'routeId'>,
  { task }: Pick<FilterContext, 'task'>,
): readonly Rejection[] {
  if (task.pin !== null && task.pin !== routeId) {
    return reject('task.excluded', `${task.pin} was asked for`);
  }
  if (task.exclude.includes(routeId)) return reject('task.excluded', 'left out on request');
  return keep;
}
