/** What the developer chose for this one task: a certain route, or any but these. */
import { keep, reject, type Filter } from './filter.ts';

export const choiceFilter: Filter = ({ routeId }, { task }) => {
  if (task.pin !== null && task.pin !== routeId) {
    return reject('task.excluded', `${task.pin} was asked for`);
  }
  if (task.exclude.includes(routeId)) return reject('task.excluded', 'left out on request');
  return keep;
};
