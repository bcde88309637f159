import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextBuffer } from './text-buffer.ts';

describe('a text buffer', () => {
  it('has what was added, in order, and nothing that was taken back', () => {
    const pieces = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.boolean()));
    fc.assert(
      fc.property(pieces, fc.nat(20), (added, before) => {
        const buffer = new TextBuffer(before);
        expect(buffer.isEmpty).toBe(true);
        for (const [piece, isTakenBack] of added) {
          const { end } = buffer;
          buffer.add(piece);
          if (isTakenBack) buffer.cutTo(end);
        }
        const kept = added.filter(([, isTakenBack]) => !isTakenBack).map(([piece]) => piece);
        expect(buffer.bytes.subarray(before).toString()).toBe(kept.join(''));
      }),
    );
  });

  it('grows, and begins anew', () => {
    const buffer = new TextBuffer(16);
    for (const size of [10, 6_000_000, 20]) {
      buffer.clear();
      expect(buffer.isEmpty).toBe(true);
      buffer.add('ü');
      buffer.add('x'.repeat(size));
      expect(buffer.bytes.subarray(16).toString()).toBe(`ü${'x'.repeat(size)}`);
    }
  });
});
