/** The project's own files for the checks beside this file: everything that git would keep, nothing built or installed. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Binary files and files that a tool writes for itself. */
const unread = /\.(png|svg|ttf|vsix|sqlite|gif|webp)$|^package-lock\.json$/;

export interface ProjectFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** All text files whose path matches, in a stable order. */
export function projectFiles(matching = /./): ProjectFile[] {
  return globSync(['**/*', '.*', '.*/**'], {
    cwd: root,
    exclude: ['**/node_modules', '.git', 'out', 'dist', 'coverage', '.cache', '.vscode-test', '.vitest'],
  })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => matching.test(path) && !unread.test(path) && statSync(join(root, path)).isFile())
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** `path:line: text` of every line that matches, for a message that says where to look. */
export function linesMatching(files: readonly ProjectFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, at) => ({ line, at: at + 1 }))
      .filter(({ line }) => pattern.test(line))
      .map(({ line, at }) => `${path}:${at}: ${line.trim().slice(0, 120)}`),
  );
}
