import { describe, expect, it } from 'vitest';
import { fitReplacement } from './replacement.ts';

const cases: readonly (readonly [name: string, original: string, replacement: string, fitted: string])[] = [
  ['drops the line end that a selection lacks', 'a', 'b\n', 'b'],
  ['keeps the line end that a whole line has', 'a\n', 'b', 'b\n'],
  ['keeps blank lines after the selection', 'a\n\n', 'b\nc\n', 'b\nc\n\n'],
  ['speaks the file’s line ends', 'a\r\nb\r\n', 'x\ny\n', 'x\r\ny\r\n'],
  ['does not bring foreign line ends', 'a\nb', 'x\r\ny', 'x\ny'],
];

describe('fitReplacement', () => {
  it.each(cases)('%s', (_name, original, replacement, fitted) => {
    expect(fitReplacement(original, replacement)).toBe(fitted);
  });
});
