/**
 * A hard filter keeps a route or says why not. Filters come before any score: no score buys a route past one. Each
 * answers with all of its objections, because the way out of "no route" is found by asking which single one would
 * have to give way.
 */
import type { ResolvedPolicy } from '../../model/policy.ts';
import type { RouteFacts } from '../../model/route.ts';
import type { Expected, Rejection, RejectionCode } from '../../model/selection.ts';
import type { TaskFacts } from '../../model/task.ts';

/** What filters on the moment's facts are told besides the route. */
export interface FilterContext {
  readonly task: TaskFacts;
  readonly policy: ResolvedPolicy;
  readonly expected: Expected;
}

export type Filter = (route: RouteFacts, context: FilterContext) => readonly Rejection[];

/** Shared, because nearly every filter keeps nearly every route. */
export const keep: readonly Rejection[] = Object.freeze([]);

export function reject(code: RejectionCode, reason: string, setting: string | null = null): Rejection[] {
  return [{ code, reason, setting }];
}
