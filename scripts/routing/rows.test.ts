/** Row files: what is read, and that each kind of damage is named with its line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { asQuestion, parseQuestions, readOutcomes, RowError } from './rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'task-router-rows-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const outcome = (cells: object, more: object = {}) =>
  JSON.stringify({ id: 'r1', prompt: 'p', category: 'c', results: cells, ...more });

function outcomes(text: string, name = 'rows.jsonl') {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return readOutcomes(path);
}

describe('outcome rows', () => {
  it('reads plain and gzipped files alike, and skips empty lines', () => {
    const text = `${outcome({ m: { correct: 1 } })}\n\n${outcome({ m: { correct: 0.5, cost: 0.01 } })}\n`;
    expect(outcomes(text)).toEqual(outcomes(text, 'rows.jsonl.gz'));
    expect(outcomes(text)[1]?.results.get('m')).toMatchObject({
      correct: 0.5,
      costUsd: 0.01,
      isMeasured: true,
    });
  });

  it('takes a cell without a time for filled in when its row was timed', () => {
    const [row] = outcomes(outcome({ a: { correct: 1, latency: 3 }, b: { correct: 1 } }));
    expect(row?.results.get('a')?.isMeasured).toBe(true);
    expect(row?.results.get('b')?.isMeasured).toBe(false);
  });

  it('takes a prompt of blanks for none, and asks with or without the category', () => {
    const [row] = outcomes(outcome({ m: { correct: 1 } }, { prompt: ' \n' }));
    expect(row?.prompt).toBeNull();
    expect(row && asQuestion(row, true)).toMatchObject({ category: 'c', models: ['m'] });
    expect(row && asQuestion(row, false)).toMatchObject({ category: null });
  });

  it.each([
    ['no JSON', '{"id": ', /rows\.jsonl line 2: not JSON/],
    ['no results', JSON.stringify({ id: 'x' }), /line 2: results/],
    ['an impossible outcome', outcome({ m: { correct: 1.5 } }), /line 2: results\.m\.correct/],
    ['a negative cost', outcome({ m: { correct: 1, cost: -1 } }), /line 2: results\.m\.cost/],
    ['an empty id', outcome({ m: { correct: 1 } }, { id: '' }), /line 2: id/],
    ['a list', '[1]', /line 2: row/],
  ])('names the line of %s', (_what, line, message) => {
    expect(() => outcomes(`${outcome({ m: { correct: 1 } })}\n${line}\n`)).toThrow(message);
    expect(() => outcomes(`${outcome({ m: { correct: 1 } })}\n${line}\n`)).toThrow(RowError);
  });
});

describe('questions', () => {
  it('needs no category, no prompt and no prices', () => {
    const [question] = parseQuestions('in', '{"id":"q","prompt":null,"models":["a"]}');
    expect(question).toEqual({ id: 'q', prompt: null, category: null, models: ['a'], prices: new Map() });
  });

  it.each([
    ['{"id":"q","prompt":"p","models":[]}', /in line 1: models/],
    ['{"id":"q","prompt":5,"models":["a"]}', /in line 1: prompt/],
    ['{"id":"q","prompt":"p","models":["a"],"prices":{"a":{"inputPerMTok":"1"}}}', /in line 1: prices\.a/],
  ])('refuses %s', (line, message) => {
    expect(() => parseQuestions('in', line)).toThrow(message);
  });
});
