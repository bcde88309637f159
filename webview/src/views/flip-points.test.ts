import { expect, it } from 'vitest';
import { flipPoints } from '../../dev/explanation.ts';
import { flipLine } from './flip-points.ts';

const [quality, price, weight, prompt] = flipPoints('a/a', 'b/b');

it('names what the choice hangs on, nearest first, each once, and no more than fits a line', () => {
  expect(flipLine([price!])).toBe('price');
  expect(flipLine([price!, quality!, { ...price!, of: 'b/b' }])).toBe('price, quality');
  expect(flipLine([weight!, { ...weight!, factor: 'weight.history' }, price!])).toBe('weights, price');
  expect(flipLine([quality!, price!, weight!, prompt!])).toBe('quality, price and more');
});
