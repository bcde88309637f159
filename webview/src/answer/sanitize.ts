/**
 * The second line of defence: whatever HTML the markdown renderer makes passes an allow-list before it becomes part of
 * the page. Nothing that loads, runs or navigates is on it.
 */
import DOMPurify from 'dompurify';
import { isHttps } from './markdown.ts';

const tags = [
  ...['p', 'br', 'hr', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'code'],
  ...['em', 'strong', 's', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
];

/** Safe nodes for `html`. Links keep their address in `href` until the caller takes it away. */
export function sanitized(html: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: tags,
    ALLOWED_ATTR: ['href', 'start', 'align'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) {
    if (!isHttps(link.getAttribute('href') ?? '')) link.replaceWith(...link.childNodes);
  }
  return fragment;
}
