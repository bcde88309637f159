/** What waits to be written: who shares a text, what is replaced, what may wait. */
import { describe, expect, it } from 'vitest';
import type { EngineStateRecord } from '../records.ts';
import { SaveQueue } from './save-queue.ts';
import type { Save } from './saves.ts';

const named = (key: string): Save => [
  'saveEngineState',
  [{ area: 'health', key, json: '1', updatedAtMs: 1 } satisfies EngineStateRecord],
];
const names = (saves: Iterable<Save>): string =>
  Array.from(saves, (save) => (save[0] === 'saveEngineState' ? save[1][0]?.key : save[0])).join(' ');

describe('save queue', () => {
  it('writes at once for somebody alone, and once for all others of the same turn, at its end', async () => {
    const flushed: string[] = [];
    const queue: SaveQueue = new SaveQueue((which) => {
      flushed.push(names(queue.saves(which)));
      queue.written('all');
    });
    const commit = async (name: string) => {
      queue.put({ save: named(name) });
      await queue.committed();
    };
    await Promise.all([commit('a'), commit('b'), commit('c')]);
    expect(flushed).toEqual(['a', 'b c']);
    // After a turn that was shared nobody is written alone.
    const together = [commit('d'), commit('e')];
    await Promise.resolve();
    expect(flushed).toHaveLength(2);
    await Promise.all(together);
    await commit('f');
    expect(flushed.slice(2)).toEqual(['d e', 'f']);
    const alone = commit('g');
    expect(flushed.at(-1)).toBe('g');
    await alone;
  });

  it('keeps the newest of one key in the place of the first, and drops the oldest when there are too many', () => {
    const queue = new SaveQueue(() => undefined);
    queue.put({ save: named('a') });
    queue.put({ key: 'b', save: named('b1') });
    queue.put({ save: named('c') });
    queue.put({ key: 'b', save: named('b2') });
    expect(names(queue.saves('all'))).toBe('a b2 c');
    expect([queue.dropBeyond(2), queue.dropBeyond(2), names(queue.saves('all'))]).toEqual([1, 0, 'b2 c']);
    queue.written('all');
  });

  it('leaves what can wait until its time is up, whoever waits for the rest', async () => {
    const flushed: string[] = [];
    const later = Promise.withResolvers<undefined>();
    const queue: SaveQueue = new SaveQueue((which) => {
      flushed.push(names(queue.saves(which)), which);
      queue.written(which);
      if (which === 'all') later.resolve(undefined);
    });
    queue.put({ key: 'average', canWait: true, save: named('average') });
    queue.put({ save: named('decision') });
    await queue.committed();
    expect([flushed, queue.size, queue.dueSize]).toEqual([['decision', 'due'], 1, 0]);
    await later.promise;
    expect([flushed.slice(2), queue.size]).toEqual([['average', 'all'], 0]);
  });

  it('writes by itself what nobody waits for', async () => {
    const written = Promise.withResolvers<undefined>();
    const queue: SaveQueue = new SaveQueue(() => {
      queue.written('all');
      written.resolve(undefined);
    });
    queue.put({ save: named('a') });
    await written.promise;
    expect(queue.size).toBe(0);
  });

  it('waits no longer than ever for the next after a failure is over', async () => {
    const flushed = Promise.withResolvers<undefined>();
    const queue: SaveQueue = new SaveQueue((which) => {
      queue.written(which);
      flushed.resolve(undefined);
    });
    queue.tryAgainAfter(60_000);
    queue.put({ key: 'average', canWait: true, save: named('average') });
    await flushed.promise;
    expect(queue.size).toBe(0);
  });
});
