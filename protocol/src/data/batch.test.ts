import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { limits } from '../limits.ts';
import { readBatch, readBatchResults } from './batch.ts';

const lines = (...rows: unknown[]) =>
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');

describe('readBatch', () => {
  it('reads rows, names those without an id by their line, and skips empty lines', () => {
    const read = readBatch(
      lines({ prompt: 'one' }, '', { id: 'b', prompt: 'two', kind: 'fix', files: ['a.ts'] }),
    );
    expect(read).toEqual({
      rows: [
        { id: '1', line: 1, prompt: 'one', files: [], constraints: {} },
        { id: 'b', line: 3, prompt: 'two', kind: 'fix', files: ['a.ts'], constraints: {} },
      ],
    });
  });

  it('tells every problem with its line', () => {
    const read = readBatch(
      lines(
        { prompt: ' ' },
        '{',
        { prompt: 'x', kind: 'sing' },
        { prompt: 'x', url: 'http://x' },
        { id: 'a', prompt: 'x' },
        {
          id: 'a',
          prompt: 'y',
        },
      ),
    );
    if (!('problems' in read)) throw new Error('expected problems');
    expect(read.problems.map(({ line }) => line)).toEqual([1, 2, 3, 4, 6]);
    expect(read.problems.map(({ message }) => message)).toEqual([
      'prompt: must not be empty',
      'no JSON',
      expect.stringMatching(/^kind: /) as string,
      expect.stringContaining('url') as string,
      'id "a" is that of line 5',
    ]);
  });

  it('bounds how many, and asks for one', () => {
    const many = lines(...Array.from({ length: limits.batchTasks + 1 }, () => ({ prompt: 'x' })));
    for (const text of [many, '', '\n \n']) expect(readBatch(text)).toHaveProperty('problems');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readBatch(text)));
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readBatchResults(text)));
  });
});
