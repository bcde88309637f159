/**
 * Reads an error body without knowing whose it is: collects the words that identify an error (codes, types, statuses)
 * and the sentences written for people, wherever in the JSON they stand. Providers nest them differently, gateways wrap
 * one provider's body into a string of their own, and all of it is hostile input; so this walks, bounded, instead of
 * insisting on a shape.
 */

export interface ErrorBody {
  /** In lower case, outermost first. */
  readonly codes: readonly string[];
  /** The first sentence for people; '' without. */
  readonly message: string;
  /** All sentences, for patterns. */
  readonly text: string;
  /** A web page instead of an answer of the interface: some proxy speaks, not the provider. */
  readonly isHtml: boolean;
}

const codeNames = new Set([
  'code',
  'type',
  'status',
  'reason',
  'error_type',
  'error_code',
  'errorcode',
  'quotaid',
  'limit_source',
]);
const textNames = new Set([
  'message',
  'error',
  'detail',
  'details',
  'error_description',
  'error_message',
  'raw',
  'msg',
]);
const maxDepth = 8;
const maxValues = 500;

/** `body` is text from the wire or an already parsed value of an error event. Never throws. */
export function readErrorBody(body: unknown): ErrorBody {
  const found = { codes: [] as string[], texts: [] as string[], left: maxValues };
  const isHtml = typeof body === 'string' && /^\s*<(?:!doctype|html|head|body)\b/i.test(body.slice(0, 1000));
  if (!isHtml) collect('error', body, maxDepth, found);
  return { codes: found.codes, message: found.texts[0] ?? '', text: found.texts.join('\n'), isHtml };
}

function collect(
  name: string,
  value: unknown,
  depth: number,
  found: { codes: string[]; texts: string[]; left: number },
): void {
  if (depth === 0 || found.left <= 0) return;
  found.left -= 1;
  if (typeof value === 'string') collectText(name, value, depth, found);
  else if (typeof value === 'number' && codeNames.has(name)) found.codes.push(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value).slice(0, maxValues)) {
      // Elements of a list belong to the list's name.
      collect(Array.isArray(value) ? name : key.toLowerCase(), inner, depth - 1, found);
    }
  }
}

function collectText(
  name: string,
  value: string,
  depth: number,
  found: { codes: string[]; texts: string[]; left: number },
): void {
  if (codeNames.has(name)) {
    if (value.length <= 200) found.codes.push(value.toLowerCase());
    return;
  }
  if (!textNames.has(name)) return;
  const parsed = /^\s*[[{]/.test(value) ? parseJson(value) : undefined;
  if (parsed !== undefined) collect(name, parsed, depth - 1, found);
  else if (value.trim() !== '') found.texts.push(value);
}

/** undefined where `text` is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
