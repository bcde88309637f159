import { describe, expect, it } from 'vitest';
import { refuseLostRow } from './lost-row.ts';

describe('a command of a task’s row', () => {
  const task = { taskId: 't1' };

  it('is not carried out on another task when its row is lost', () => {
    for (const name of ['cancelTask', 'retryOnAnother', 'gradeGood', 'gradeBad'] as const) {
      expect(() => refuseLostRow(name, [undefined])).toThrow('nothing was done');
      expect(() => refuseLostRow(name, [undefined, [undefined]])).toThrow('nothing was done');
    }
  });

  it('is carried out on its row, and from the palette', () => {
    expect(() => refuseLostRow('gradeBad', [task, [task]])).not.toThrow();
    expect(() => refuseLostRow('gradeBad', [])).not.toThrow();
  });

  it('and one that asks which row is meant does so', () => {
    expect(() => refuseLostRow('drain', [undefined])).not.toThrow();
  });
});
