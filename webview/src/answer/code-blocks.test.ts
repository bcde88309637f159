import { describe, expect, it } from 'vitest';
import { codeBlocks } from '@task-router/protocol/answer';
import { createMarkdown } from './markdown.ts';

describe('codeBlocks', () => {
  it('numbers fences in the order in which they appear, in lists and quotes too', () => {
    const text = [
      'Text.\n\n```ts\nconst a = 1;\n```',
      '1. First:\n\n   ```sh\n   npm ci\n     indented\n   ```\n\n2. Second',
      '> ```json\n> {\n>   "b": 1\n> }\n> ```',
      '- ~~~\n  tilde\n  ~~~',
      '```py\nnever closed',
    ].join('\n\n');
    expect(codeBlocks(text)).toEqual([
      { language: 'ts', code: 'const a = 1;\n' },
      { language: 'sh', code: 'npm ci\n  indented\n' },
      { language: 'json', code: '{\n  "b": 1\n}\n' },
      { language: '', code: 'tilde\n' },
      { language: 'py', code: 'never closed\n' },
    ]);
  });

  it.each([
    ['an empty text', '', []],
    ['an opening line alone', '```ts', ['']],
    ['an empty block', '```\n```', ['']],
    ['Windows line ends', '```\r\na\r\nb\r\n```\r\n', ['a\nb\n']],
    ['a closing line without its line end', '```\na\n```', ['a\n']],
    ['inline code', '`a` and ```b``` here', []],
    ['an indented fence', '   ```\n   a\n b\n   ```', ['a\nb\n']],
    ['a fence inside code', '````\n```\na\n```\n````\n', ['```\na\n```\n']],
  ])('reads %s', (_, text, codes) => {
    expect(codeBlocks(text).map(({ code }) => code)).toEqual(codes);
  });

  it('counts as the markdown parser does', () => {
    const text =
      '# A\n\n```a\n1\n```\n- x\n\n  ```b\n  2\n  ```\n- y\n\n    ~~~c\n    3\n    ~~~\n\n> q\n> ```d\n> 4\n> ```\n';
    const { code } = createMarkdown().render(text, true);
    expect(code).toEqual(codeBlocks(text).map(({ language }) => language));
  });
});
