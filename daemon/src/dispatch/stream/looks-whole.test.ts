/** What of an answer may be its end when nobody said so: sentences, lists, tables, blocks of code, and none of them cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksWhole } from './looks-whole.ts';

const list = 'Steps:\n\n- Install the package\n- Run `npm test`\n- Open the **page**';
const table = '| name | size |\n| --- | ---: |\n| a | 1 |\n| b | 2 |';

describe('may be whole', () => {
  it.each([
    ['a sentence', 'That is all.'],
    ['a sentence in brackets, emphasised', 'That is (nearly **all**.)'],
    ['a sentence of another script', '以上です。'],
    ['a closed block of code', 'Look:\n```ts\nlet a;\n```'],
    ['a list', list],
    ['a numbered list of tasks', '1. [x] Install it\n2. [ ] Start it'],
    ['a list with blank lines and lines below its items', '* One\n\n  more of it\n* Two'],
    ['a nested list', '- Outer.\n  - inner one\n  - inner two'],
    ['an item with brackets and quotes', '- A\n- Say "yes" (or `f(`)'],
    ['a table', table],
    ['a table with a bar in its code', '| a | b |\n|---|---|\n| `x|y` | 2 |'],
  ])('%s', (_, text) => expect(looksWhole(text)).toBe(true));
});

describe('is cut', () => {
  it.each([
    ['nothing', ''],
    ['a sentence', 'That is'],
    ['a block of code', 'Look:\n```ts\nlet a;'],
    ['a list in a block of code', '```md\n- one\n- two'],
    ['a list of one', 'Steps:\n- Install it'],
    ['an item where the others end sentences', '- Install it.\n- Run it.\n- Open the page'],
    ['an item at a word that wants another', '- Install it\n- Open the'],
    ['an item at a comma', '- Install it\n- Open, '],
    ['an item in its code', '- Install it\n- Run `npm'],
    ['an item in its bold words', '- Install it\n- **Run'],
    ['an item in its brackets', '- Install it\n- Run it (on port'],
    ['an item in its quotes', '- Install it\n- Say "yes'],
    ['an item without words', '- Install it\n- '],
    ['a line below an item', '- Install it\n- Run it\n  with the'],
    ['a paragraph behind a list', '- One\n- Two\n\nNow'],
    ['an item of another list', '1. One\n2. Two\n\n- Three'],
    ['a row', `${table}\n| c |`],
    ['a row in its last cell', `${table}\n| c | 3`],
    ['a table without rows', '| name | size |\n| --- | ---: |'],
  ])('%s', (_, text) => expect(looksWhole(text)).toBe(false));
});

/** A list as models write it, of words that no item can be cut behind unseen. */
const items = fc.array(fc.stringMatching(/^[A-Z][a-z]{2,9} (?:the|of|and) [a-z]{3,9}$/), {
  minLength: 2,
  maxLength: 8,
});

it('is whole as a list, and cut behind a link word never', () => {
  fc.assert(
    fc.property(items, fc.constantFrom('- ', '* ', '1. '), (texts, marker) => {
      const text = texts.map((each) => `${marker}${each}`).join('\n');
      expect(looksWhole(text)).toBe(true);
      expect(looksWhole(text.slice(0, text.lastIndexOf(' ')))).toBe(false);
    }),
  );
});

it('judges anything at all, and soon', () => {
  const unit = fc.constantFrom('- ', '|', '\n', '`', '**', 'a', ' ', '.', '1. ', '---');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 400 }), (text) => {
      expect(typeof looksWhole(text)).toBe('boolean');
    }),
  );
  expect(looksWhole('- a'.repeat(1_000_000))).toBe(false);
  expect(looksWhole(`- ${'('.repeat(1_000_000)}\n`.repeat(2))).toBe(false);
});
