import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TerminalAnswer } from './terminal-answer.ts';

const answer = `# A title
## Below it
Some **bold**, *soft* and \`code\` with [a link](https://example.com/x).

- one **two**
  1. nested
> quoted

\`\`\`ts
const a = '**not bold**'; // # not a title
\`\`\`
***
snake_case_name and 2 * 3 * 4 stay.`;

function shown(text: string, pieces = [text]): string {
  const terminal = new TerminalAnswer();
  return pieces.map((piece) => terminal.push(piece)).join('') + terminal.flush();
}

describe('an answer in a terminal', () => {
  it('has its headings, lists, quotes and emphasis, and no marks of markdown', () => {
    expect(stripVTControlCharacters(shown(answer))).toBe(`A title
Below it
Some bold, soft and code with a link (https://example.com/x).

• one two
  1. nested
│ quoted

\`\`\`ts
const a = '**not bold**'; // # not a title
\`\`\`
────────────────────────
snake_case_name and 2 * 3 * 4 stay.`);
    expect(shown('**b**')).toBe('\u001b[1mb\u001b[22m');
  });

  it('leaves code as it is, to be pasted, also in a list', () => {
    expect(shown('- so:\n  ```sh\n  rm -i "*"\n    # **x**\n  ```\n').split('\n').slice(2, 4)).toEqual([
      'rm -i "*"',
      '  # **x**',
    ]);
  });

  it('writes each line as soon as it ends, and never waits for the end of a line without one', () => {
    const terminal = new TerminalAnswer();
    expect(terminal.push('one **tw')).toBe('');
    expect(stripVTControlCharacters(terminal.push('o**\nthree'))).toBe('one two\n');
    expect(terminal.push('x'.repeat(5_000)).length).toBeGreaterThan(5_000);
  });

  it('is the same however it was cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), answer.length];
        const pieces = at.slice(1).map((end, index) => answer.slice(at[index], end));
        expect(shown(answer, pieces)).toBe(shown(answer));
      }),
    );
  });

  it.each([
    '\u001b[31m red\u001b]0; title\u0007\u001b[2J\u009b31m',
    '**\u001b]8;;http://x\u0007**',
    '`\u001b[1A`',
    '[x](<\u001b[2K>)',
    '[x](https://x/\u0007 "t")',
    '&#27;[31m &#x1b;[2J &#155;31m',
    '```\u001b[2J\n\u001b[2J\n```',
    'a\rb',
  ])('lets no control sequence of a model through: %j', (hostile) => {
    for (const pieces of [[hostile], Array.from(hostile)]) {
      // eslint-disable-next-line no-control-regex -- taking our own control sequences out
      const own = shown(hostile, pieces).replace(/\u001b\[(?:[0-9]|2[2-9]|36|39)m/g, '');
      // eslint-disable-next-line no-control-regex -- finding control characters is the purpose
      expect(own).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }
  });

  it('stands whatever it is given, and loses no word of it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            '*',
            '_',
            '`',
            '#',
            '>',
            '- ',
            '[',
            '](',
            ')',
            '\n',
            'word',
            ' ',
            '~~',
            '&#27;',
            '\u001b[1m',
            '```',
          ),
        ),
        (parts) => {
          const text = parts.join('');
          const out = stripVTControlCharacters(shown(text, parts));
          expect(out.split('word').length).toBe(text.split('word').length);
        },
      ),
    );
  });
});
