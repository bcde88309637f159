/** The vector of a prompt: what it must not depend on, and that it tells prompts apart. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SparseVector } from '../math/sparse.ts';
import { plainPrompt } from './normalize.ts';
import { createTextFeatures } from './text-features.ts';

const features = createTextFeatures({ bits: 14 });

function cosine(a: SparseVector, b: SparseVector): number {
  const values = new Map([...b.indices].map((bucket, at) => [bucket, b.values[at]!]));
  return [...a.indices].reduce((sum, bucket, at) => sum + a.values[at]! * (values.get(bucket) ?? 0), 0);
}

describe('createTextFeatures', () => {
  it('gives vectors of length 1 with rising buckets', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'grapheme' }), (prompt) => {
        const { indices, values } = features.extract(prompt);
        const length = values.reduce((sum, value) => sum + value * value, 0);
        expect(indices.length === 0 || Math.abs(length - 1) < 1e-5).toBe(true);
        for (let at = 1; at < indices.length; at += 1) expect(indices[at]! > indices[at - 1]!).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on case, white space, greetings or thanks', () => {
    const word = fc.constantFrom('sort', 'the', 'users', 'by', 'age', 'fix', 'parse()', 'a_b', '42', 'C++');
    const space = fc.constantFrom(' ', '  ', '\n', '\t', ' \r\n ');
    const lead = fc.constantFrom('', 'Please ', 'Hi, ', 'Hello! could you please ', 'I need you to ', 'ok, ');
    const tail = fc.constantFrom('', ' please', ', thanks!', '. Thank you very much.', ' - cheers');
    fc.assert(
      fc.property(fc.array(word, { minLength: 3, maxLength: 20 }), space, lead, tail, (words, gap, a, z) => {
        const plain = features.extract(words.join(' '));
        const dressed = features.extract(` ${a}${words.join(gap).toUpperCase()}${z}\n`);
        expect(dressed).toEqual(plain);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the same vector again: the scratch array is left empty', () => {
    const first = features.extract('const a = 1;');
    features.extract('something else entirely');
    expect(features.extract('const a = 1;')).toEqual(first);
  });

  it('puts a rewording nearer than another task', () => {
    const task = features.extract('write a function that reverses a linked list in place');
    const reworded = features.extract('write a function reversing a linked list in place');
    const other = features.extract('why does the css grid overflow on small screens');
    expect(cosine(task, reworded)).toBeGreaterThan(0.6);
    expect(cosine(task, other)).toBeLessThan(0.15);
  });

  it('reads 8,000 characters of words and no more', () => {
    const long = 'alpha beta gamma '.repeat(600);
    expect(features.extract(`${long}unique_tail`)).toEqual(features.extract(long));
  });

  it('reads into its own arrays what it extracts', () => {
    const { read, extract } = createTextFeatures({ bits: 14 });
    for (const prompt of ['explain this', 'a'.repeat(9_000), 'fix it, then run the tests', '']) {
      const { indices, values } = read(plainPrompt(prompt));
      const copy = { indices: [...indices], values: [...values] };
      const extracted = extract(prompt);
      expect(copy).toEqual({ indices: [...extracted.indices], values: [...extracted.values] });
    }
  });

  it('weighs buckets by idf', () => {
    const idf = new Float32Array(2 ** 14).fill(1);
    const plain = createTextFeatures({ bits: 14, idf }).extract('rare word');
    idf[plain.indices[0]!] = 5;
    const weighted = createTextFeatures({ bits: 14, idf }).extract('rare word');
    expect(Math.abs(weighted.values[0]!)).toBeGreaterThan(Math.abs(plain.values[0]!));
  });

  it('refuses sizes that make no sense', () => {
    expect(() => createTextFeatures({ bits: 3 })).toThrow(RangeError);
    expect(() => createTextFeatures({ bits: 10, idf: new Float32Array(3) })).toThrow(RangeError);
  });
});

describe('plainPrompt', () => {
  it.each([
    ['Please fix this', 'fix this'],
    ['Hi! Could you please fix this? Thanks in advance!', 'fix this?'],
    ['hello world in C', 'hello world in c'],
    ['Would you mind renaming it', 'renaming it'],
    ['thanks!', 'thanks!'],
    ['please', 'please'],
    ['', ''],
  ])('%j becomes %j', (prompt, plain) => {
    expect(plainPrompt(prompt)).toBe(plain);
  });

  it('never empties a prompt that had something, and settles at once', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (prompt) => {
        const once = plainPrompt(prompt);
        expect(once === '').toBe(prompt.trim() === '');
        expect(plainPrompt(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });
});
