/**
 * One line of a model's markdown with the terminal's own styles: emphasis, code, links. The text is hostile: markdown-it
 * reads it with HTML and entities off, and what it gives back is cleaned once more, so the only control sequences that
 * leave this file are those written here. A link shows where it leads, as text.
 */
import { styleText } from 'node:util';
import MarkdownIt, { type Token } from 'markdown-it';
import { plain } from '../output.ts';

type Style = Parameters<typeof styleText>[0];

/** Whether the terminal takes styles was asked before. */
export function styled(style: Style, text: string): string {
  return text === '' ? '' : styleText(style, text, { validateStream: false });
}

/** By markdown-it's names; what else opens and closes in a line is a link. */
const marks: Readonly<Record<string, Style>> = { strong: 'bold', em: 'italic', s: 'strikethrough' };

/** Reads a line at a time; nothing is kept between lines. */
export class InlineStyles {
  readonly #markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

  constructor() {
    this.#markdown.disable(['entity', 'image']);
    // Addresses are shown, never followed.
    this.#markdown.validateLink = () => true;
  }

  /** @param line without a line end */
  render(line: string): string {
    const [inline] = this.#markdown.parseInline(line, {});
    return this.#styled(inline?.children ?? []);
  }

  #styled(tokens: readonly Token[]): string {
    let text = '';
    const open: { readonly before: string; readonly token: Token }[] = [];
    for (const token of tokens) {
      if (token.nesting === 1) {
        open.push({ before: text, token });
        text = '';
      } else if (token.nesting === -1) {
        const { before, token: opened } = open.pop() ?? { before: '', token };
        text = before + closed(opened, text);
      } else text += leaf(token);
    }
    return open.reduceRight((inner, { before }) => before + inner, text);
  }
}

function leaf({ type, content }: Token): string {
  return type === 'code_inline' ? styled('cyan', plain(content)) : plain(content);
}

function closed(token: Token, inner: string): string {
  const style = marks[token.tag];
  if (style !== undefined) return styled(style, inner);
  const address = plain(String(token.attrGet('href') ?? ''));
  const shown = styled('underline', inner);
  return inner === address ? shown : `${shown} ${styled('dim', `(${address})`)}`;
}
