/** Which files may be sent at all. Names only; what is inside a file is looked at when it is read. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore from 'ignore';
import type { Ignore } from 'ignore';

export function isHiddenName(name: string): boolean {
  return name.startsWith('.') && name !== '.' && name !== '..';
}

/** Git's ignore rules for one folder: its own, those of folders above it up to the repository, and nested ones. */
export class IgnoreRules {
  readonly #rulesByFolder = new Map<string, Ignore | null>();
  readonly #top: string;

  constructor(folder: string) {
    this.#top = repositoryOf(folder) ?? folder;
  }

  /** Whether git would ignore the file or folder at the absolute `path`. */
  ignores(path: string, isFolder: boolean): boolean {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const rules = this.#rulesOf(folder);
      const name = relative(folder, path).split(sep).join('/') + (isFolder ? '/' : '');
      if (rules) {
        const verdict = rules.test(name);
        if (verdict.ignored) return true;
        if (verdict.unignored) return false;
      }
      if (folder === this.#top || folder === dirname(folder) || !folder.startsWith(this.#top)) return false;
    }
  }

  #rulesOf(folder: string): Ignore | null {
    const known = this.#rulesByFolder.get(folder);
    if (known !== undefined) return known;
    const text = readIfThere(join(folder, '.gitignore'));
    const rules = text === null ? null : ignore().add(text);
    this.#rulesByFolder.set(folder, rules);
    return rules;
  }
}

function repositoryOf(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (readIfThere(join(at, '.git', 'HEAD')) !== null || readIfThere(join(at, '.git')) !== null) return at;
    if (at === dirname(at)) return null;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').slice(0, 1_000_000);
  } catch {
    return null;
  }
}
