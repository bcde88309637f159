import { describe, expect, it } from 'vitest';
import { hostileAnswer } from '../../dev/hostile.ts';
import { createMarkdown, isHttps } from './markdown.ts';

const render = (source: string): string => createMarkdown().render(source, true).html;

describe('createMarkdown', () => {
  it('renders what answers use', () => {
    expect(render('# A\n\n**b** `c`\n\n| x |\n| --: |\n| 1 |\n')).toBe(
      '<h4>A</h4>\n<p><strong>b</strong> <code>c</code></p>\n<table>\n<thead>\n<tr>\n<th align="right">x</th>\n' +
        '</tr>\n</thead>\n<tbody>\n<tr>\n<td align="right">1</td>\n</tr>\n</tbody>\n</table>\n',
    );
  });

  it('puts answers below the headings of the page', () => {
    expect(render('# a\n\n### b\n\n###### c\n').match(/<h\d/g)).toEqual(['<h4', '<h6', '<h6']);
  });

  it('names the languages of the code, in order', () => {
    const { html, code } = createMarkdown().render(
      '```ts title="x"\na\n```\n\n- b\n\n      c\n\n~~~\nd\n~~~\n',
      true,
    );
    expect(code).toEqual(['ts', null, '']);
    expect(html.match(/<pre>/g)).toHaveLength(3);
  });

  it('makes nothing of a hostile answer but text, and links to https', () => {
    const html = render(hostileAnswer);
    const tags = new Set([...html.matchAll(/<([a-z0-9]+)/g)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(['a', 'code', 'h4', 'p', 'pre']);
    const links = [...html.matchAll(/<a ([^>]*)>/g)].map(([, attributes]) => attributes);
    expect(links).toEqual(['href="https://example.com/path?q=1"', 'href="https://example.com/auto"']);
    expect(html).toContain('![leak](https://evil.example/leak.png?secret)');
  });

  it.each([
    '<img src=x onerror=alert(1)>',
    '![x](https://evil.example/a.png)',
    '![x][r]\n\n[r]: https://evil.example/a.png',
    '[x](command:evil)',
    '[x](JaVaScRiPt:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](https:evil)',
    '[x](//evil.example)',
    '[x](http://evil.example)',
    '[x](https://user@evil.example)',
    '<command:evil>',
  ])('shows %s as text', (source) => {
    expect(render(source)).not.toMatch(/<(img|a|script)\b/);
  });

  it('keeps link definitions of finished blocks only', () => {
    const markdown = createMarkdown();
    markdown.render('[r]: https://example.com/half', false);
    expect(markdown.render('[r]', false).html).not.toContain('href');
    markdown.render('[r]: https://example.com/whole', true);
    expect(markdown.render('[r]', false).html).toContain('href="https://example.com/whole"');
  });
});

describe('isHttps', () => {
  it.each([
    ['https://example.com', true],
    ['HTTPS://example.com/a?b#c', true],
    ['https://', false],
    ['https://a:b@example.com', false],
    ['http://example.com', false],
    ['command:x', false],
    ['', false],
  ])('%s: %s', (address, expected) => expect(isHttps(address)).toBe(expected));
});
