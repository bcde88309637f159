import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanTopLevel } from './top-level.ts';

/** The text of the top-level model's value, or why there is none. */
function modelIn(text: string): string | null {
  const scan = scanTopLevel(text, 100);
  if (scan.type !== 'scanned') return scan.type;
  return scan.modelAt === null ? null : text.slice(...scan.modelAt);
}

describe('the place of the model', () => {
  it.each([
    ['{"model":"a"}', '"a"'],
    [' {\n "x" : [{"model":"no"}] , "model" \t:\r\n "yes" , "z":{"model":"no"}} ', '"yes"'],
    ['{"s":"\\"model\\":\\"no\\"","model":"yes"}', '"yes"'],
    ['{"s":"\\\\","model":"a\\"b\\\\"}', '"a\\"b\\\\"'],
    ['{"\\u006d\\u006f\\u0064\\u0065\\u006c":"a"}', '"a"'],
    ['{"x":"model","y":"model"}', null],
    ['{"model":1}', null],
    ['{"x":{"model":"no"}}', null],
  ])('%s', (text, expected) => expect(modelIn(text)).toBe(expected));

  it('is found in any object, among anything', () => {
    const key = fc.oneof(fc.constantFrom('model', 'a"b', '\\', 'ü', '__proto__'), fc.string());
    const value = fc.jsonValue({ maxDepth: 4 });
    const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name });
    fc.assert(
      fc.property(
        entries,
        fc.string({ unit: 'binary' }),
        fc.nat(),
        fc.constantFrom(undefined, 1),
        (list, model, at, space) => {
          const rest = list.filter(([name]) => name !== 'model');
          const all = rest.toSpliced(at % (rest.length + 1), 0, ['model', model]);
          const members = all.map(
            ([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each, null, space)}`,
          );
          const found = modelIn(`{${members.join(space === undefined ? ',' : ' ,\n')}}`);
          expect(JSON.parse(String(found))).toBe(model);
        },
      ),
    );
  });
});

it('finds a key that stands there twice, however it is written', () => {
  expect(scanTopLevel('{"a":1,"b":{"a":2},"\\u0061":3}', 100)).toEqual({ type: 'duplicate', key: 'a' });
  expect(scanTopLevel('{"a":{"b":1,"b":2}}', 100).type).toBe('scanned');
});

it('has a bound for depth', () => {
  const deep = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  expect(scanTopLevel(deep(9), 10).type).toBe('scanned');
  expect(scanTopLevel(deep(10), 10).type).toBe('tooDeep');
});
