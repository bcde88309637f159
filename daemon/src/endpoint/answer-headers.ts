/** What an answer says of itself: in its headers its route, a decision that `task-router explain` knows; in its body an id. */
import { randomUUID } from 'node:crypto';
import type { OutsideHead } from '../dispatch/outside/outside-call.ts';

/** Name, value, name, value, as Node takes them fastest. */
export function answerHeaders({ taskId, decisionId, routeId, attempts }: OutsideHead): string[] {
  return [
    'x-task-router-route',
    headerValue(routeId),
    'x-task-router-decision',
    headerValue(decisionId),
    'x-task-router-task',
    headerValue(taskId),
    'x-task-router-attempts',
    String(attempts),
  ];
}

/** One for each answer, not for each task: Claude Code takes two answers of one turn with the same id for one message. */
export function answerId(): string {
  return randomUUID();
}

const plainValue = /^[\x21-\x7e]*$/;
const longest = 500;

/** A model's name may hold anything; a line break in it would be another header. */
function headerValue(text: string): string {
  return plainValue.test(text) ? text : encodeURIComponent(text.toWellFormed().slice(0, longest));
}
