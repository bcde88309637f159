import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventScanner } from './event-scanner.ts';

const stream =
  ': ping\n\nevent: a\r\ndata: {"text":"für – 漢字"}\r\n\r\ndata:first\ndata: second\n\n\nid: 7\ndata\n\ndatabase: no\n\ndata: [DONE]\n\n';
const expected = [null, '{"text":"für – 漢字"}', 'first\nsecond', null, '', null, '[DONE]'];

function scanAll(pieces: readonly Buffer[]) {
  const scanner = new EventScanner();
  const events: { bytes: Buffer; data: string | null }[] = [];
  for (const piece of pieces) {
    scanner.push(piece);
    while (scanner.next())
      events.push({ bytes: scanner.bytes.subarray(scanner.from, scanner.to), data: scanner.data });
  }
  return events;
}

describe('an event stream', () => {
  it('is the same events with the same bytes, wherever it is cut', () => {
    const bytes = Buffer.from(stream);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const events = scanAll(at.slice(1).map((to, index) => bytes.subarray(at[index], to)));
        expect(events.map(({ data }) => data)).toEqual(expected);
        expect(Buffer.concat(events.map((event) => event.bytes)).toString()).toBe(stream);
      }),
    );
  });

  it('that is no stream at all never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (pieces) => {
        scanAll(pieces.map((piece) => Buffer.from(piece)));
      }),
    );
  });

  it('is cut off where an event has no end', () => {
    const scanner = new EventScanner();
    const megabyte = Buffer.alloc(1024 * 1024, 'data: x\n');
    const results = Array.from({ length: 10 }, () => [scanner.push(megabyte), scanner.next()]);
    expect(results.at(0)).toEqual([true, false]);
    expect(results.at(-1)).toEqual([false, false]);
  });
});
