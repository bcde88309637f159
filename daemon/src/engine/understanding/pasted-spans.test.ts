/** What is found by hand is what the regular expressions find that state it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calledFunction, filePath, quotedLine, type FindSpan, type Span } from './pasted-spans.ts';

const patterns: readonly (readonly [string, FindSpan, RegExp])[] = [
  ['a quoted line', quotedLine, /^[ \t]*>.*$/gm],
  ['a call', calledFunction, /\b[a-z_]\w{0,60}\([^)\n]{0,80}\)/g],
  [
    'a path',
    filePath,
    /(?<![\w.-])(?:(?:[\w.-]{1,60}[/\\]){1,12}[\w.-]{1,60}|[\w-]{1,60}\.[a-z]{1,4}\b(?=[\s,;:)?!]|$))/g,
  ],
];

function allOf(find: FindSpan, text: string): Span[] {
  const found: Span[] = [];
  for (let from = 0; ;) {
    const span = find(text, from, text.length);
    if (span === null) return found;
    found.push(span);
    from = span[1];
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    ...'> ( ) / \\ . - _ , : é 中 7 a f( ) \n'.split(' '),
    ' ',
    '\t',
    '\n>',
    ' >',
    '.ts',
    '../',
    'main.py',
    '>>',
  ),
  fc
    .tuple(fc.constantFrom('a', '7', '_', ' ', 'x.', '/a'), fc.integer({ min: 1, max: 90 }))
    .map(([one, times]) => one.repeat(times)),
);

describe.each(patterns)('%s', (_, find, pattern) => {
  it('stands where its pattern finds it', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const expected = [...text.matchAll(pattern)].map(({ 0: { length }, index }) => [
          index,
          index + length,
        ]);
        expect(allOf(find, text)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is not looked for beyond what is asked', () => {
    const text = 'so > f(x) a/b\n> f(x) a/b';
    const [first] = allOf(find, text);
    expect(find(text, 0, first?.[0] ?? 0)).toBeNull();
    expect(find(text, 0, (first?.[0] ?? 0) + 1)).toEqual(first);
  });
});
