/**
 * The context of a task given on the command line: files named with --file, and files and folders named in the task
 * itself. Only inside the current folder, at most 64 kB; whatever is left out is listed with its reason.
 */
import type { Dirent } from 'node:fs';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { ContextSpan, LineRange, SkippedContext } from '@task-router/protocol';
import { RouterError, isSecretName, limits } from '@task-router/protocol';
import { IgnoreRules, isHiddenName } from './path-rules.ts';
import { languageOf, readTextFile } from './read-file.ts';

export interface CollectedContext {
  readonly spans: readonly ContextSpan[];
  readonly skipped: readonly SkippedContext[];
}

export interface CollectRequest {
  /** Absolute. */
  readonly folder: string;
  readonly prompt: string;
  /** `--file` arguments: `path` or `path:from-to`. These must be usable: a bad one is an error, not a skip. */
  readonly files: readonly string[];
}

/** A folder is walked no further than this. */
const maxFilesLookedAt = 2_000;
const maxSkippedListed = 200;

/** Throws `task.fileNotFound`, `task.fileOutsideFolder`, `task.fileBinary`, `task.fileSecret`, `task.contextTooLarge`. */
export function collectContext(request: CollectRequest): CollectedContext {
  const collector = new Collector(realpathSync(request.folder));
  for (const argument of request.files) collector.addNamedOutright(argument);
  for (const name of pathsInText(request.prompt)) collector.addMentioned(name);
  return { spans: collector.spans, skipped: collector.skipped.slice(0, maxSkippedListed) };
}

class Collector {
  readonly spans: ContextSpan[] = [];
  readonly skipped: SkippedContext[] = [];
  readonly #folder: string;
  readonly #rules: IgnoreRules;
  readonly #seen = new Set<string>();
  #freeBytes: number = limits.cliContextBytes;
  #lookedAt = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#rules = new IgnoreRules(folder);
  }

  addNamedOutright(argument: string): void {
    const { name, range } = parseFileArgument(argument);
    const path = this.#inside(name);
    if (path === null)
      throw new RouterError('task.fileOutsideFolder', `${name} lies outside the current folder.`);
    if (!existsSync(path)) throw new RouterError('task.fileNotFound', `There is no file ${name}.`);
    if (isSecretName(basename(path))) throw new RouterError('task.fileSecret', `${name} may hold secrets.`);
    if (statSync(path).isDirectory()) {
      this.#addFolder(path);
      return;
    }
    const file = readTextFile(path, range, this.#freeBytes);
    if (file.status === 'binary') throw new RouterError('task.fileBinary', `${name} is not a text file.`);
    if (file.status === 'tooLarge') {
      throw new RouterError(
        'task.contextTooLarge',
        `${name} has ${Math.ceil(file.bytes / 1024)} kB; ${Math.floor(this.#freeBytes / 1024)} kB of context are left.`,
        { next: 'Name a range of lines: --file path:from-to.' },
      );
    }
    this.#add(path, file.text, range);
  }

  addMentioned(name: string): void {
    const path = this.#inside(name);
    if (path === null) {
      if (existsSync(resolve(this.#folder, name))) this.#skip(name, 'outsideFolder');
      return;
    }
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) this.#addFolder(path);
    else this.#addFile(path);
  }

  /**
   * What a person would read first, because the room may not be enough for all: entry points, then the folder's other
   * files, then its folders one after the other, and the tests of all of them last.
   */
  #addFolder(folder: string): void {
    const tests: string[] = [];
    this.#walk(folder, tests);
    for (const path of tests) this.#addFile(path);
  }

  #walk(folder: string, tests: string[]): void {
    if (this.#refuses(folder, true)) return;
    const entries = readdirSync(folder, { withFileTypes: true }).sort(byImportance);
    for (const entry of entries) {
      this.#lookedAt += 1;
      if (this.#lookedAt > maxFilesLookedAt) return;
      const path = join(folder, entry.name);
      // A link may point anywhere; what it points to is sent only when named by its own path.
      if (entry.isSymbolicLink()) continue;
      if (entry.isDirectory()) this.#walk(path, tests);
      else if (!entry.isFile()) continue;
      else if (testName.test(entry.name)) tests.push(path);
      else this.#addFile(path);
    }
  }

  #addFile(path: string): void {
    if (this.#seen.has(path) || this.#refuses(path, false)) return;
    const file = readTextFile(path, null, this.#freeBytes);
    if (file.status === 'binary') this.#skip(path, 'binary');
    else if (file.status === 'tooLarge')
      this.#skip(path, file.bytes > limits.cliContextBytes ? 'tooLarge' : 'limit');
    else this.#add(path, file.text, null);
  }

  #refuses(path: string, isFolder: boolean): boolean {
    if (path === this.#folder) return false;
    const name = basename(path);
    if (isSecretName(name)) return this.#skip(path, 'secret');
    if (isHiddenName(name)) return this.#skip(path, 'hidden');
    if (name === 'node_modules' || this.#rules.ignores(path, isFolder)) return this.#skip(path, 'ignored');
    return false;
  }

  #add(path: string, text: string, range: LineRange | null): void {
    if (this.#seen.has(path) && range === null) return;
    this.#seen.add(path);
    this.#freeBytes -= Buffer.byteLength(text);
    const language = languageOf(path);
    this.spans.push({
      file: this.#shown(path),
      text,
      ...(range && { range }),
      ...(language !== undefined && { language }),
    });
  }

  #skip(path: string, reason: SkippedContext['reason']): true {
    this.skipped.push({ file: isAbsolute(path) ? this.#shown(path) : path, reason });
    return true;
  }

  #shown(path: string): string {
    return relative(this.#folder, path).split(sep).join('/') || '.';
  }

  /** The real absolute path of `name` when it lies inside the folder, links followed; else null. */
  #inside(name: string): string | null {
    const path = resolve(this.#folder, name);
    const real = existsSync(path) ? realpathSync(path) : path;
    const away = relative(this.#folder, real);
    return away === '..' || away.startsWith(`..${sep}`) || isAbsolute(away) ? null : real;
  }
}

function parseFileArgument(argument: string): { name: string; range: LineRange | null } {
  const match = /^(.+):(\d+)-(\d+)$/.exec(argument);
  if (!match) return { name: argument, range: null };
  const [, name = '', from = '', to = ''] = match;
  const range = { startLine: Number(from), endLine: Number(to) };
  if (range.startLine < 1 || range.endLine < range.startLine) {
    throw new RouterError('usage.invalid', `${from}-${to} is no range of lines.`);
  }
  return { name, range };
}

/**
 * Words of a task that look like paths: with a slash, or with a file ending, or quoted. A bare word such as "docs"
 * is left alone, because it may be just a word.
 */
export function pathsInText(text: string): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(/[`'"]([^`'"\s]{1,300})[`'"]|(\S{1,300})/g)) {
    const quoted = match[1];
    const word = (quoted ?? match[2] ?? '').replace(/^[([{<,;:]+|[)\]}>,;:!?]+$/g, '').replace(/\.+$/, '');
    const looksLikePath =
      /^\.{0,2}[\w@+-]*[/\\]/.test(word) || /[/\\]/.test(word) || /^[\w@+-][\w.@+-]*\.\w{1,10}$/.test(word);
    if (word !== '' && !word.includes('://') && (quoted !== undefined || looksLikePath)) found.add(word);
  }
  return [...found];
}

const testName = /\.(test|spec)\.\w+$/;

function byImportance(a: Dirent, b: Dirent): number {
  return rank(a) - rank(b) || (a.name < b.name ? -1 : 1);
}

function rank(entry: Dirent): number {
  if (entry.isDirectory()) return 3;
  if (/^readme/i.test(entry.name)) return 0;
  return /^(index|main|mod|lib|__init__)\.\w+$/.test(entry.name) ? 1 : 2;
}
