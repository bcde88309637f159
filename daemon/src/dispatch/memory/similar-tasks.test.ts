import { describe, expect, it } from 'vitest';
import { sketchSize } from '../../engine/index.ts';
import { keptPerClass, SimilarTasks } from './similar-tasks.ts';

const sketch = (...values: number[]) => Int8Array.from({ length: sketchSize }, (_, at) => values[at] ?? 0);
const task = (decisionId: string, changes: object = {}) => ({
  decisionId,
  model: 'm',
  taskClass: 'fix',
  grade: 1,
  sketch: sketch(100, 50),
  ...changes,
});

describe('SimilarTasks', () => {
  it('finds graded tasks of the class with their cosine, by model', () => {
    const tasks = new SimilarTasks();
    tasks.remember(task('d1'));
    tasks.remember(task('d2', { model: 'n', sketch: sketch(0, 127), grade: 0 }));
    tasks.remember(task('d3', { taskClass: 'chat' }));
    const near = tasks.near('fix', sketch(100, 50));
    expect([...near.keys()]).toEqual(['m', 'n']);
    expect(near.get('m')).toEqual([{ similarity: expect.closeTo(1, 5) as number, grade: 1 }]);
    expect(near.get('n')?.[0]?.similarity).toBeCloseTo(50 / Math.hypot(100, 50), 5);
    expect(tasks.near('review', sketch(1)).size).toBe(0);
  });

  it('leaves out what points elsewhere, and sketches that are none', () => {
    const tasks = new SimilarTasks();
    tasks.remember(task('d1', { sketch: sketch(-100, -50) }));
    tasks.remember(task('d2', { sketch: sketch() }));
    tasks.remember(task('d3', { sketch: Int8Array.from([1, 2, 3]) }));
    expect(tasks.near('fix', sketch(100, 50)).size).toBe(0);
    tasks.remember(task('d4'));
    expect(tasks.near('fix', sketch()).size).toBe(0);
    expect(tasks.near('fix', new Int8Array(3)).size).toBe(0);
  });

  it('replaces the grade of a decision, and lets the oldest make room', () => {
    const tasks = new SimilarTasks();
    tasks.remember(task('first'));
    tasks.remember(task('first', { grade: 0 }));
    expect(
      tasks
        .near('fix', sketch(1))
        .get('m')
        ?.map(({ grade }) => grade),
    ).toEqual([0]);
    for (let at = 0; at < keptPerClass; at += 1) tasks.remember(task(`d${at}`));
    const grades = tasks
      .near('fix', sketch(1))
      .get('m')
      ?.map(({ grade }) => grade);
    expect(grades).toHaveLength(keptPerClass);
    expect(new Set(grades)).toEqual(new Set([1]));
    // What was dropped is new again.
    tasks.remember(task('first', { grade: 0 }));
    expect(tasks.near('fix', sketch(1)).get('m')).toHaveLength(keptPerClass);
  });
});
