import { describe, expect, it } from 'vitest';
import { outcomeSample, taskSample } from '../../test/support/wire-samples.ts';
import type { RouterEvent, Snapshot } from './data/events.ts';
import { snapshotSchema } from './data/events.ts';
import type { Transition } from './data/outcome.ts';
import { limits } from './limits.ts';
import { emptySnapshot, reduceSnapshot } from './reduce.ts';

const task = (taskId: string) => taskSample({ taskId });
const outcome = outcomeSample();
const transition = (mode: Transition['mode']): Transition => ({
  from: 'a/x',
  to: 'b/y',
  cause: 'server',
  message: 'died',
  mode,
  atMs: 1,
});

const reduceAll = (...events: RouterEvent[]): Snapshot =>
  events.reduce((state, event) => reduceSnapshot(state, state.seq + 1, event), emptySnapshot('e'));
const started = (taskId: string): RouterEvent => ({ type: 'taskStarted', task: task(taskId) });
const delta = (text: string, taskId = 't'): RouterEvent => ({ type: 'delta', taskId, text });

describe('reduceSnapshot', () => {
  it('follows a task from start to outcome', () => {
    const snapshot = reduceAll(started('t'), delta('a'), delta('b'), {
      type: 'outcome',
      taskId: 't',
      outcome,
    });
    expect(snapshot).toEqual({
      ...emptySnapshot('e'),
      seq: 4,
      tasks: [{ ...task('t'), text: 'ab', outcome }],
    });
    expect(snapshotSchema.safeParse(snapshot).success).toBe(true);
  });

  it('drops the text before a restart and keeps it before a continuation', () => {
    const after = (mode: Transition['mode']): string | undefined =>
      reduceAll(
        started('t'),
        delta('old'),
        { type: 'transition', taskId: 't', transition: transition(mode) },
        delta('new'),
      ).tasks[0]?.text;
    expect(after('restart')).toBe('new');
    expect(after('continue')).toBe('oldnew');
  });

  it('touches no other task and never its argument', () => {
    const before = reduceAll(started('t'), started('u'));
    const copy = structuredClone(before);
    const after = reduceSnapshot(before, 3, delta('x', 'u'));
    expect(before).toEqual(copy);
    expect(after.tasks[0]).toBe(before.tasks[0]);
    expect(after.tasks[1]?.text).toBe('x');
  });

  it('cuts an endless answer and says so', () => {
    const snapshot = reduceAll(
      started('t'),
      delta('x'.repeat(limits.answerChars - 1)),
      delta('yz'),
      delta('more'),
    );
    expect(snapshot.tasks[0]).toMatchObject({ textTruncated: true });
    expect(snapshot.tasks[0]?.text).toHaveLength(limits.answerChars);
    expect(snapshot.tasks[0]?.text.endsWith('xy')).toBe(true);
  });

  it('forgets every ended task when the history is cleared, and no running one', () => {
    const after = reduceAll(
      started('a'),
      started('b'),
      { type: 'outcome', taskId: 'a', outcome },
      { type: 'historyCleared' },
    );
    expect(after.tasks.map(({ taskId }) => taskId)).toEqual(['b']);
  });

  it('forgets the oldest ended tasks, never a running one', () => {
    const events = Array.from({ length: 40 }, (_, n): RouterEvent[] => {
      const taskId = `t${n}`;
      const end: RouterEvent[] = n === 0 ? [] : [{ type: 'outcome', taskId, outcome }];
      return [started(taskId), ...end];
    }).flat();
    const kept = reduceAll(...events).tasks.map(({ taskId }) => taskId);
    expect(kept[0]).toBe('t0');
    expect(kept.at(-1)).toBe('t39');
    expect(kept.length).toBeLessThanOrEqual(32);
  });

  it('replaces nodes and configuration as a whole', () => {
    const problem = { code: 'config.malformed', message: 'm', next: 'n', line: 1 };
    const config: RouterEvent = {
      type: 'config',
      problems: [problem],
      wantedKeys: [{ nodeId: 'a', env: 'A' }],
    };
    expect(reduceAll(config, { ...config, wantedKeys: [] })).toMatchObject({
      configProblems: [problem],
      wantedKeys: [],
      seq: 2,
    });
  });

  it('ignores events of a task it does not know, but counts them', () => {
    expect(reduceAll(delta('x'))).toEqual({ ...emptySnapshot('e'), seq: 1 });
  });
});
