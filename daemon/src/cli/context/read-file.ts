/** Reads one context file: text only, bounded, whole or a range of lines. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { extname } from 'node:path';
import type { LineRange } from '@task-router/protocol';

export type FileText =
  | { readonly status: 'text'; readonly text: string }
  | { readonly status: 'binary' }
  | { readonly status: 'tooLarge'; readonly bytes: number };

/** Files beyond this aren't read at all, not even for a range of lines. */
const readableBytes = 8 * 1024 * 1024;

export function readTextFile(path: string, range: LineRange | null, maxBytes: number): FileText {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size > readableBytes || (range === null && size > maxBytes))
      return { status: 'tooLarge', bytes: size };
    const buffer = Buffer.alloc(size);
    const bytes = buffer.subarray(0, readSync(file, buffer, 0, size, 0));
    const whole = decode(bytes);
    if (whole === null) return { status: 'binary' };
    const text = range === null ? whole : linesOf(whole, range);
    const length = Buffer.byteLength(text);
    return length > maxBytes ? { status: 'tooLarge', bytes: length } : { status: 'text', text };
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Buffer): string | null {
  if (bytes.subarray(0, 8192).includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function linesOf(text: string, { startLine, endLine }: LineRange): string {
  return text
    .split(/\r?\n/)
    .slice(startLine - 1, endLine)
    .join('\n');
}

const languages: Readonly<Record<string, string>> = {
  '.c': 'c',
  '.cc': 'cpp',
  '.cpp': 'cpp',
  '.cs': 'csharp',
  '.css': 'css',
  '.go': 'go',
  '.h': 'c',
  '.html': 'html',
  '.java': 'java',
  '.js': 'javascript',
  '.json': 'json',
  '.jsx': 'javascriptreact',
  '.kt': 'kotlin',
  '.md': 'markdown',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.php': 'php',
  '.py': 'python',
  '.rb': 'ruby',
  '.rs': 'rust',
  '.sh': 'shellscript',
  '.sql': 'sql',
  '.swift': 'swift',
  '.toml': 'toml',
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.tsx': 'typescriptreact',
  '.yaml': 'yaml',
  '.yml': 'yaml',
};

/** VS Code's language id by file ending; undefined where the ending says nothing. */
export function languageOf(file: string): string | undefined {
  return languages[extname(file).toLowerCase()];
}
