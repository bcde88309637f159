import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockSplitter, splitBlocks, type Block } from './blocks.ts';

function check(text: string, expected: readonly string[]): void {
  expect(splitBlocks(text).map(({ start, end }) => text.slice(start, end))).toEqual(expected);
}

describe('splitBlocks', () => {
  it('cuts after blank lines and around fences', () => {
    check('one\ntwo\n\nthree\n```js\na\n\nb\n```\nfour', [
      'one\ntwo\n\n',
      'three\n',
      '```js\na\n\nb\n```\n',
      'four',
    ]);
  });

  it('drops blank lines before a block', () => check('\n\n  \ntext\n', ['text\n']));

  it('keeps a list together, with its paragraphs and its code', () => {
    const list = '1. one\n\n   more\n\n   ```js\n   a\n\n   b\n   ```\n\n2. two\n\n';
    check(`${list}after\n`, [list, 'after\n']);
  });

  it('ends a list at a fence at the margin', () => {
    check('- item\n```js\na\n```\n', ['- item\n', '```js\na\n```\n']);
  });

  it('ends nested code with the list around it', () => {
    check('- ```js\n  a\ntext\n', ['- ```js\n  a\n', 'text\n']);
  });

  it('keeps indented code and quotes with their blank lines', () => {
    check('    code\n\n    more\n\ntext\n', ['    code\n\n    more\n\n', 'text\n']);
    check('> ```js\n> a\n>\n> b\n> ```\n\ntext\n', ['> ```js\n> a\n>\n> b\n> ```\n\n', 'text\n']);
  });

  it('does not end a fence at a shorter, indented or different one', () => {
    const code = '````md\n```js\n```\n    ````\n~~~~\n````\n';
    check(`${code}x`, [code, 'x']);
  });

  it('cuts a long list between items', () => {
    const list = '- an item of a long list\n'.repeat(2_000);
    const blocks = splitBlocks(list);
    expect(blocks.length).toBeGreaterThan(3);
    for (const { start } of blocks) expect(list.slice(start, start + 2)).toBe('- ');
  });

  it.each([
    ['no line ends', 'word '.repeat(40_000)],
    ['no spaces', 'x'.repeat(200_000)],
    ['surrogate pairs', '🙂'.repeat(100_000)],
    ['lines without blank ones', 'a line of text\n'.repeat(20_000)],
    ['one endless list item', `- ${'word\n  '.repeat(40_000)}`],
  ])('bounds a block of %s', (_, text) => {
    const blocks = splitBlocks(text);
    expect(Math.max(...blocks.map(({ start, end }) => end - start))).toBeLessThan(50_000);
    for (const { end } of blocks) expect(text.charCodeAt(end - 1) & 0xfc00).not.toBe(0xd800);
  });

  it('keeps a table of usual size whole', () => {
    const table = `| a | b |\n| --- | :-: |\n${'| some cell | another cell |\n'.repeat(600)}`;
    check(table, [table]);
  });

  it('does not bound code, which is shown without parsing', () => {
    const code = `\`\`\`\n${'line\n'.repeat(50_000)}\`\`\`\n`;
    check(code, [code]);
  });
});

/** Markdown-like text: pieces that matter to the splitter, in any order. */
const markdown = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        '\n\n',
        '```',
        '```js\n',
        '~~~\n',
        '- ',
        '  ',
        '    ',
        '1. ',
        '> ',
        '\r\n',
        '`',
        ' ',
      ),
      fc.string({ maxLength: 5 }),
      fc.constantFrom('x'.repeat(17_000), '🙂'.repeat(9_000)),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));

describe('BlockSplitter', () => {
  it('finds the same blocks however the text arrives, and loses nothing but blank lines', () => {
    fc.assert(
      fc.property(markdown, fc.array(fc.nat({ max: 40_000 }), { maxLength: 20 }), (text, steps) => {
        const splitter = new BlockSplitter();
        const blocks: Block[] = [];
        let end = 0;
        for (const step of [...steps, text.length]) {
          end = Math.min(text.length, end + step);
          blocks.push(...splitter.advance(text.slice(0, end)));
        }
        blocks.push(...splitter.advance(text));
        const tail = splitter.tail(text);
        expect(tail === null ? blocks : [...blocks, tail]).toEqual(splitBlocks(text));

        let at = 0;
        for (const block of splitBlocks(text)) {
          expect(text.slice(at, block.start).trim()).toBe('');
          expect(block.end).toBeGreaterThan(block.start);
          at = block.end;
        }
        expect(text.slice(at).trim()).toBe('');
      }),
      { numRuns: 500 },
    );
  });

  it('reads a hostile opening line in linear time', () => {
    const line = `${'-  '.repeat(5_000)}x\n\n`;
    const startMs = performance.now();
    splitBlocks(line.repeat(50));
    // Exponential matching would not end at all; a generous bound keeps a busy machine from failing this.
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});
