import { expect, it } from 'vitest';
import { taskSample } from '../../../test/support/wire-samples.ts';
import { type Snapshot, emptySnapshot, limits } from '@task-router/protocol';
import { fitSnapshot } from './fit-snapshot.ts';

const task = (taskId: string, text: string, isEnded: boolean) =>
  taskSample({ taskId, text, error: isEnded ? { code: 'c', message: 'm', next: 'n' } : null });
const bytesOf = (snapshot: Snapshot): number => Buffer.byteLength(JSON.stringify(snapshot));

it('leaves alone what fits', () => {
  const snapshot = { ...emptySnapshot('e'), tasks: [task('a', 'x'.repeat(1_000_000), true)] };
  expect(fitSnapshot(snapshot)).toBe(snapshot);
});

it('drops the oldest ended tasks first, and no more than needed', () => {
  const megabyte = 'x'.repeat(1024 * 1024);
  const tasks = Array.from({ length: 9 }, (_, n) => task(`t${n}`, megabyte, n !== 0));
  const fitted = fitSnapshot({ ...emptySnapshot('e'), tasks });
  expect(fitted.tasks.map(({ taskId }) => taskId)).toEqual(['t0', 't5', 't6', 't7', 't8']);
  expect(bytesOf(fitted)).toBeLessThan(limits.messageBytes);
});

it.each(['x', 'ü', '😀', '\u0000', '"'])(
  'cuts running answers of %j when nothing else helps, and says so',
  (character) => {
    const text = character.repeat(2_000_000);
    const tasks = Array.from({ length: 12 }, (_, n) => task(`t${n}`, text, false));
    const fitted = fitSnapshot({ ...emptySnapshot('e'), tasks });
    expect(fitted.tasks).toHaveLength(12);
    expect(fitted.tasks.every(({ textTruncated }) => textTruncated)).toBe(true);
    expect(bytesOf(fitted)).toBeLessThan(limits.messageBytes);
  },
);
