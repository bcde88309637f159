/**
 * Markdown of a model, made into harmless HTML. The text is hostile: HTML in it is shown as text, images are shown as
 * the text they were written as, and only https links are links. What this returns still passes DOMPurify
 * (sanitize.ts) before it reaches the page.
 */
import MarkdownIt, { type Env, type Token } from 'markdown-it';

export interface RenderedMarkdown {
  readonly html: string;
  /** One entry per `<pre>` in the HTML, in order: the fence's language, or null for indented code. */
  readonly code: readonly (string | null)[];
}

export interface Markdown {
  /**
   * Renders one block. Link definitions of earlier final blocks apply; those of a block that still grows don't last,
   * because half an address is a wrong address.
   */
  render(source: string, isFinal: boolean): RenderedMarkdown;
}

/** A renderer for one answer. */
export function createMarkdown(): Markdown {
  const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
  markdown.validateLink = isHttps;
  const { escapeHtml } = markdown.utils;
  markdown.renderer.rules['image'] = (tokens, index) => {
    const image = tokens[index];
    return image === undefined ? '' : escapeHtml(`![${image.content}](${image.attrGet('src') ?? ''})`);
  };
  for (const rule of ['fence', 'code_block']) {
    markdown.renderer.rules[rule] = (tokens, index) =>
      `<pre><code>${escapeHtml(tokens[index]?.content ?? '')}</code></pre>\n`;
  }
  const lasting: Env = { references: {} };
  return {
    render(source, isFinal) {
      const env = isFinal ? lasting : { references: { ...lasting.references } };
      const tokens = markdown.parse(source, env);
      tokens.forEach(fitIntoPage);
      const code = tokens.filter((token) => token.type === 'fence' || token.type === 'code_block');
      return {
        html: markdown.renderer.render(tokens, markdown.options, env),
        code: code.map((token) =>
          token.type === 'fence' ? (token.info.trim().split(/\s+/)[0] ?? '') : null,
        ),
      };
    },
  };
}

/** True for an absolute https address without credentials; everything else stays text. */
export function isHttps(address: string): boolean {
  if (!/^https:\/\//i.test(address)) return false;
  const url = URL.parse(address);
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '';
}

/** The page's own headings go down to h3, so an answer's start at h4; inline styles are forbidden by the page. */
function fitIntoPage(token: Token): void {
  if (token.type === 'heading_open' || token.type === 'heading_close') {
    token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 3)}`;
  }
  if (token.type === 'th_open' || token.type === 'td_open') {
    const align = /^text-align:(left|center|right)$/.exec(String(token.attrGet('style') ?? ''))?.[1];
    token.attrs = align === undefined ? null : [['align', align]];
  }
}
