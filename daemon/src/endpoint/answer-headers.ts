/** What an answer says of its route, for people and scripts: names a decision that `task-router explain` knows. */
import type { OutsideHead } from '../dispatch/outside/outside-call.ts';

/** Name, value, name, value, as Node takes them fastest. */
export function answerHeaders({ taskId, decisionId, routeId, attempts }: OutsideHead): string[] {
  return [
    ...['x-task-router-route', headerValue(routeId), 'x-task-router-decision', headerValue(decisionId)],
    ...['x-task-router-task', headerValue(taskId), 'x-task-router-attempts', String(attempts)],
  ];
}

const plainValue = /^[\x21-\x7e]*$/;
const longest = 500;

/** A model's name may hold anything; a line break in it would be another header. */
function headerValue(text: string): string {
  return plainValue.test(text) ? text : encodeURIComponent(text.toWellFormed().slice(0, longest));
}
