import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AnswerPart } from './model-call.ts';
import { ToolCallOrder } from './tool-call-order.ts';

const short = (parts: readonly AnswerPart[]) =>
  parts.map((part) =>
    part.type === 'toolDelta' ? `${part.id}:${part.json}` : `${part.type} ${'id' in part ? part.id : ''}`,
  );

it('lets the first call through as it comes, and a later one when it is its turn', () => {
  const order = new ToolCallOrder();
  expect(short(order.start('a', 'read'))).toEqual(['toolStart a']);
  expect(short(order.delta('a', '{"x'))).toEqual(['a:{"x']);
  expect(order.start('b', 'read')).toEqual([]);
  expect(order.delta('b', '{}')).toEqual([]);
  expect(order.whole('b', 'read', '{}')).toEqual([]);
  expect(short(order.delta('a', '":1}'))).toEqual(['a:":1}']);
  expect(short(order.whole('a', 'read', '{"x":1}'))).toEqual([
    ...['toolEnd a', 'toolStart b', 'b:{}', 'toolEnd b'],
  ]);
  expect(order.finish()).toEqual([]);
});

it('takes calls that come whole, and gives one without arguments empty ones', () => {
  const order = new ToolCallOrder();
  expect(short(order.whole('a', 'read', '{"x":1}'))).toEqual(['toolStart a', 'a:{"x":1}', 'toolEnd a']);
  expect(short(order.start('b', 'list'))).toEqual(['toolStart b']);
  expect(short(order.finish())).toEqual(['b:{}', 'toolEnd b']);
});

it('gives every call once and in one piece, whatever the order of the pieces', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('start', 'delta', 'whole'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const order = new ToolCallOrder();
      const parts = [
        ...steps.flatMap(({ id, what }) => {
          if (what === 'start') return order.start(id, 'read');
          return what === 'delta' ? order.delta(id, '1') : order.whole(id, 'read', '1');
        }),
        ...order.finish(),
      ];
      const ids = parts.map((part) => ('id' in part ? part.id : ''));
      // The pieces of a call stand together, from its start to its end.
      const runs = ids.filter((id, at) => id !== ids[at - 1]);
      expect(new Set(runs).size).toBe(runs.length);
      for (const id of runs) {
        const own = parts.filter((part) => 'id' in part && part.id === id).map(({ type }) => type);
        expect([own[0], own.at(-1)]).toEqual(['toolStart', 'toolEnd']);
        expect(own.slice(1, -1).every((type) => type === 'toolDelta')).toBe(true);
      }
    }),
  );
});
