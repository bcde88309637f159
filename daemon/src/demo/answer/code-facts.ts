/** What can be said of a file without understanding it: size, public names, imports, first comment. */
import type { ContextFile } from './context-files.ts';
import type { Language } from './languages.ts';
import { importOn, languageOf, publicNameOn } from './languages.ts';

export interface PublicName {
  readonly name: string;
  /** The language's word: function, class, type, def, … */
  readonly what: string;
}

export interface CodeFacts {
  readonly file: ContextFile;
  /** The path, or a name for a block that came without one. */
  readonly label: string;
  readonly language: Language;
  readonly bytes: number;
  readonly lineCount: number;
  readonly publicNames: readonly PublicName[];
  readonly imports: readonly string[];
  /** The first comment as one line, at most 240 characters. */
  readonly firstComment: string | undefined;
  readonly longestLine: { readonly number: number; readonly length: number };
}

const maxNames = 40;
/** No pattern is tried on more of a line than this. */
export const maxLineLength = 2_000;
const maxCommentLength = 240;
/** A comment that comes later belongs to something else. */
const firstCommentWithinLines = 40;

/** Reads the facts off one file. `number` names a block without a path. */
export function readCodeFacts(file: ContextFile, number: number): CodeFacts {
  const language = languageOf(file.path, file.info);
  const lines = file.text.split('\n');
  const names = new Map<string, PublicName>();
  const imports = new Set<string>();
  for (const line of lines) {
    const start = line.slice(0, maxLineLength);
    const found = publicNameOn(start, language);
    if (found !== undefined && names.size < maxNames && !names.has(found.name)) names.set(found.name, found);
    const imported = imports.size < maxNames ? importOn(start, language) : undefined;
    if (imported !== undefined) imports.add(imported);
  }
  return {
    file,
    label: file.path ?? `block ${number} (${language.name})`,
    language,
    bytes: Buffer.byteLength(file.text),
    lineCount: lines.length,
    publicNames: [...names.values()],
    imports: [...imports],
    firstComment: firstCommentOf(lines.slice(0, firstCommentWithinLines), language),
    longestLine: longestOf(lines),
  };
}

function firstCommentOf(lines: readonly string[], { line: mark, block }: Language): string | undefined {
  const trimmed = lines.map((line) => line.slice(0, maxLineLength).trim());
  const at = trimmed.findIndex((line) => !line.startsWith('#!') && startsWithAny(line, [mark, block?.[0]]));
  if (at === -1) return undefined;
  const rest = trimmed.slice(at);
  if (block !== undefined && rest[0]?.startsWith(block[0]) === true) {
    const text = rest.join('\n').slice(block[0].length);
    return oneLine((text.split(block[1], 1)[0] ?? '').replace(/^[\s*!]+/gm, ' '));
  }
  const end = rest.findIndex((line) => mark === undefined || !line.startsWith(mark));
  return oneLine(
    rest
      .slice(0, end === -1 ? undefined : end)
      .map((line) => line.replace(/^[/#!-]+/, ''))
      .join(' '),
  );
}

/** True when the text starts with one of the marks that exist. */
export function startsWithAny(text: string, marks: readonly (string | undefined)[]): boolean {
  return marks.some((mark) => mark !== undefined && text.startsWith(mark));
}

function oneLine(text: string): string | undefined {
  const line = text.slice(0, maxLineLength).replace(/\s+/g, ' ').trim();
  if (line === '') return undefined;
  return line.length > maxCommentLength ? `${line.slice(0, maxCommentLength - 1)}…` : line;
}

function longestOf(lines: readonly string[]): CodeFacts['longestLine'] {
  const length = lines.reduce((longest, line) => Math.max(longest, line.length), 0);
  return { number: lines.findIndex((line) => line.length === length) + 1, length };
}
