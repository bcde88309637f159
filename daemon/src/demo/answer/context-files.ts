/**
 * Finds the files that came with a task: fenced blocks under a `File: path (lines a-b)` line, fenced blocks that
 * name a path in their info string or in the line above, and XML-like blocks (`<file path="…">`).
 *
 * The text comes from anywhere, so the reader is liberal and works in one pass over the lines: no pattern here can
 * take more than linear time, and what lies past the limits is left unread.
 */

/** A piece of code or text that came with a task. */
export interface ContextFile {
  /** As named by the sender; undefined for a block without a name. */
  readonly path: string | undefined;
  /** First and last line in the whole file, where the sender gave them. */
  readonly lines: { readonly from: number; readonly to: number } | undefined;
  /** The fence's info word (`ts`), '' where there was none. */
  readonly info: string;
  readonly text: string;
}

export interface ReadContext {
  /** The message without its blocks: what is asked. */
  readonly prose: string;
  readonly files: readonly ContextFile[];
}

const maxCharacters = 4_000_000;
const maxFiles = 100;
const maxHeaderLength = 500;

/** Splits a message into what is asked and the files that came with it. */
export function readContextFiles(message: string): ReadContext {
  const lines = message.slice(0, maxCharacters).split(/\r?\n/);
  const prose: string[] = [];
  const files: ContextFile[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const block = files.length < maxFiles ? openBlock(line) : undefined;
    if (block === undefined) {
      prose.push(line);
      at += 1;
      continue;
    }
    const end = endOfBlock(lines, at + 1, block.closes);
    const body = lines.slice(at + 1, end);
    const inner = block.kind === 'tag' ? unwrapFence(body) : { info: block.info, body };
    const header = block.header ?? takeHeader(prose);
    files.push({ path: header?.path, lines: header?.lines, info: inner.info, text: inner.body.join('\n') });
    at = end + 1;
  }
  return { prose: prose.join('\n').trim(), files };
}

interface Header {
  readonly path: string;
  readonly lines: ContextFile['lines'];
}

interface OpenBlock {
  readonly kind: 'fence' | 'tag';
  readonly info: string;
  readonly header: Header | undefined;
  readonly closes: (line: string) => boolean;
}

function openBlock(line: string): OpenBlock | undefined {
  return line.length > maxHeaderLength ? undefined : (openFence(line) ?? openTag(line));
}

function openFence(line: string): OpenBlock | undefined {
  const fence = /^ {0,3}(`{3,}|~{3,})([^`]*)$/.exec(line);
  if (fence === null) return undefined;
  const [, marker = '', rest = ''] = fence;
  const words = rest.trim().split(/\s+/);
  const named = words.map((word) => word.replace(/^(?:title|file|path)=/i, '')).find(looksLikePath);
  const [info = ''] = words;
  return {
    kind: 'fence',
    info: looksLikePath(info) ? '' : info,
    header: named === undefined ? undefined : { path: unquote(named), lines: undefined },
    closes: (candidate) => closesFence(candidate, marker),
  };
}

function openTag(line: string): OpenBlock | undefined {
  const tag = /^\s*<(file|document|context|source|snippet|selection|code)\b([^<>]*)>\s*$/i.exec(line);
  const [, name = '', attributes = ''] = tag ?? [];
  if (tag === null || attributes.endsWith('/')) return undefined;
  const closing = `</${name.toLowerCase()}>`;
  return {
    kind: 'tag',
    info: '',
    header: headerOfAttributes(attributes),
    closes: (candidate) => candidate.length <= maxHeaderLength && candidate.trim().toLowerCase() === closing,
  };
}

/** Index of the closing line, or the number of lines for a block that is never closed. */
function endOfBlock(lines: readonly string[], from: number, closes: (line: string) => boolean): number {
  for (let at = from; at < lines.length; at++) if (closes(lines[at] ?? '')) return at;
  return lines.length;
}

function closesFence(line: string, marker: string): boolean {
  if (line.length > maxHeaderLength) return false;
  const closing = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return closing?.startsWith(marker) ?? false;
}

/** A tag around nothing but one fenced block names the file; the fence then only carries the language. */
function unwrapFence(body: readonly string[]): { info: string; body: readonly string[] } {
  const first = body.findIndex((line) => line.trim() !== '');
  const last = body.findLastIndex((line) => line.trim() !== '');
  const open = openBlock(body[first] ?? '');
  const whole = open?.kind === 'fence' && last > first && open.closes(body[last] ?? '');
  return whole ? { info: open.info, body: body.slice(first + 1, last) } : { info: '', body };
}

/** Takes the line above a block out of the prose when it names a file. */
function takeHeader(prose: string[]): Header | undefined {
  const index = prose.findLastIndex((line) => line.trim() !== '');
  if (index === -1 || prose.length - index > 2) return undefined;
  const header = headerOfLine(prose[index] ?? '');
  if (header !== undefined) prose.length = index;
  return header;
}

function headerOfLine(line: string): Header | undefined {
  if (line.length > maxHeaderLength) return undefined;
  const plain = line
    .replace(/^[\s#>*-]+/, '')
    .replace(/[*`"']/g, '')
    .trim();
  const labelled = /^(?:file|path|file ?name|file ?path|document|selection|context)\s*[:=]\s*(.+)$/i.exec(
    plain,
  )?.[1];
  const { path, lines } = splitRange((labelled ?? plain).replace(/:$/, ''));
  return labelled !== undefined || looksLikePath(path) ? { path, lines } : undefined;
}

function headerOfAttributes(attributes: string): Header | undefined {
  const valueOf = (pattern: RegExp): string | undefined => pattern.exec(attributes)?.[1];
  const path = valueOf(/\b(?:path|file|filename|name|src|source|uri)\s*=\s*["']([^"']+)["']/i);
  if (path === undefined) return undefined;
  const range = valueOf(/\b(?:lines|range)\s*=\s*["']([^"']+)["']/i);
  return range === undefined ? splitRange(path) : { path, lines: rangeOf(range) };
}

/** `src/a.ts (lines 3-9)`, `src/a.ts:3-9` and `src/a.ts, lines 3 to 9` all name the same lines. */
function splitRange(text: string): Header {
  const found =
    /^(.*?)[\s,]*(?:\((?:lines?\s*)?([\d\s,:to\u2013-]+)\)|,\s*lines?\s*([\d\sto\u2013-]+)|:(\d+[-\u2013:]\d+))$/i.exec(
      text,
    );
  const range = found?.[2] ?? found?.[3] ?? found?.[4];
  if (found === null || range === undefined) return { path: text.trim(), lines: undefined };
  return { path: (found[1] ?? '').trim(), lines: rangeOf(range) };
}

function rangeOf(text: string): ContextFile['lines'] {
  const [from, to] = (text.match(/\d{1,9}/g) ?? []).map(Number);
  return from === undefined ? undefined : { from, to: to ?? from };
}

function looksLikePath(word: string): boolean {
  return (
    /^["']?[\w@.+~-]*(?:[/\\][\w@.+~[\]()-]+)*\.[A-Za-z]\w{0,9}["']?$/.test(word) ||
    /^[\w@.-]+(?:\/[\w@.+-]+)+$/.test(word)
  );
}

function unquote(word: string): string {
  return word.replace(/^["']|["']$/g, '');
}
