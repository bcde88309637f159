import type { TaskView, Transition } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { outcomeSample, taskSample } from '../../../test/support/wire-samples.ts';
import { triedRoutes } from './tried-routes.ts';

const transition = (from: string, to: string): Transition => ({
  from,
  to,
  cause: 'stall',
  message: '',
  mode: 'restart',
  atMs: 0,
});

const task = (taskId: string, route: string | null, changes: Partial<TaskView> = {}) =>
  taskSample({ taskId, outcome: outcomeSample({ route }), ...changes });

describe('triedRoutes', () => {
  it('counts every route of the task and of what it retries', () => {
    const tasks = [
      task('1', 'a/m'),
      task('2', 'c/m', { retryOf: '1', transitions: [transition('b/m', 'c/m')] }),
      task('other', 'x/m'),
    ];
    expect(triedRoutes(tasks, '2').sort()).toEqual(['a/m', 'b/m', 'c/m']);
  });

  it('copes with tasks that are gone, never had a route, or point at each other', () => {
    expect(triedRoutes([], '1')).toEqual([]);
    expect(triedRoutes([task('1', null, { retryOf: 'gone' })], '1')).toEqual([]);
    expect(
      triedRoutes([task('1', 'a/m', { retryOf: '2' }), task('2', 'b/m', { retryOf: '1' })], '1'),
    ).toEqual(['a/m', 'b/m']);
  });
});
