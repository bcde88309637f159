/** What the command line sends as context, and above all what it does not. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectContext, pathsInText } from './collect.ts';

let top: string;
let folder: string;
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'task-router-context-')));
  folder = join(top, 'project');
  mkdirSync(folder);
});
afterEach(() => {
  rmSync(top, { recursive: true, force: true });
});

function put(files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function collect(prompt: string, files: string[] = []) {
  const { spans, skipped } = collectContext({ folder, prompt, files });
  return { sent: spans.map((span) => span.file), skipped, spans };
}

describe('paths in a task', () => {
  it.each([
    ['Explain what daemon/src/engine/selection does', ['daemon/src/engine/selection']],
    ['fix src/a.ts.', ['src/a.ts']],
    ['look at `docs` and "Makefile", please', ['docs', 'Makefile']],
    ['write docs and tests', []],
    ['see https://example.org/a/b.html', []],
    ['compare (a.ts) with ./b.ts, then README.md?', ['a.ts', './b.ts', 'README.md']],
    ['and/or', ['and/or']],
  ])('%s', (text, expected) => {
    expect(pathsInText(text)).toEqual(expected);
  });
});

describe('collecting', () => {
  it('takes a named file and a named folder, entry points first', () => {
    put({
      'src/zeta.ts': 'z',
      'src/index.ts': 'i',
      'src/README.md': 'r',
      'src/a.test.ts': 't',
      'other.ts': 'o',
    });
    expect(collect('explain src/ and other.ts').sent).toEqual([
      'src/README.md',
      'src/index.ts',
      'src/zeta.ts',
      'src/a.test.ts',
      'other.ts',
    ]);
  });

  it('takes the files of a folder before its folders, and all tests last', () => {
    put({
      'src/zebra.ts': 'z',
      'src/zebra.test.ts': 't',
      'src/index.ts': 'i',
      'src/area/apple.ts': 'a',
      'src/area/apple.test.ts': 't',
    });
    expect(collect('Explain src/').sent).toEqual([
      'src/index.ts',
      'src/zebra.ts',
      'src/area/apple.ts',
      'src/zebra.test.ts',
      'src/area/apple.test.ts',
    ]);
  });

  it('ignores words that are no file', () => {
    expect(collect('explain and/or node.js')).toMatchObject({ sent: [], skipped: [] });
  });

  it('skips what git ignores, in nested files and from the repository above', () => {
    execFileSync('git', ['init', '-q'], { cwd: top });
    writeFileSync(join(top, '.gitignore'), '*.log\n');
    put({
      '.gitignore': 'build/\n',
      'src/.gitignore': '*.gen.ts\n!keep.gen.ts\n',
      'src/a.ts': 'a',
      'src/b.gen.ts': 'b',
      'src/keep.gen.ts': 'k',
      'src/x.log': 'x',
      'build/out.js': 'o',
    });
    const { sent, skipped } = collect('explain src/ and build/');
    expect(sent).toEqual(['src/a.ts', 'src/keep.gen.ts']);
    expect(skipped).toEqual(
      expect.arrayContaining([
        { file: 'src/b.gen.ts', reason: 'ignored' },
        { file: 'src/x.log', reason: 'ignored' },
        { file: 'build', reason: 'ignored' },
      ]),
    );
  });

  it('never sends hidden or secret files, not even when named outright', () => {
    put({
      'src/.env': 'KEY=1',
      'src/server.pem': 'p',
      'src/credentials.json': '{}',
      'src/.hidden': 'h',
      'src/a.ts': 'a',
    });
    expect(collect('explain src/').sent).toEqual(['src/a.ts']);
    expect(() => collect('explain', ['src/.env'])).toThrow(
      expect.objectContaining({ code: 'task.fileSecret' }),
    );
    expect(collect('explain src/server.pem').skipped).toEqual([{ file: 'src/server.pem', reason: 'secret' }]);
  });

  it('stays inside the folder, through links too', () => {
    writeFileSync(join(top, 'outside.ts'), 'secret');
    put({ 'a.ts': 'a' });
    symlinkSync(join(top, 'outside.ts'), join(folder, 'link.ts'));
    symlinkSync(top, join(folder, 'up'));
    expect(collect('explain ../outside.ts and link.ts and up/outside.ts and ./').sent).toEqual(['a.ts']);
    expect(collect('explain ../outside.ts').skipped).toEqual([
      { file: '../outside.ts', reason: 'outsideFolder' },
    ]);
    for (const name of ['../outside.ts', 'link.ts', join(top, 'outside.ts')]) {
      expect(() => collect('explain', [name])).toThrow(
        expect.objectContaining({ code: 'task.fileOutsideFolder' }),
      );
    }
  });

  it('sends a range of lines, numbered as the developer counts', () => {
    put({ 'a.ts': 'one\ntwo\nthree\nfour\n' });
    const { spans } = collect('explain', ['a.ts:2-3']);
    expect(spans).toEqual([
      { file: 'a.ts', range: { startLine: 2, endLine: 3 }, text: 'two\nthree', language: 'typescript' },
    ]);
  });

  it('sends at most 64 kB and lists the rest', () => {
    put({
      'src/a.ts': 'a'.repeat(40_000),
      'src/b.ts': 'b'.repeat(40_000),
      'src/c.ts': 'c',
      'src/d.ts': 'd'.repeat(70_000),
    });
    const { sent, skipped } = collect('explain src/');
    expect(sent).toEqual(['src/a.ts', 'src/c.ts']);
    expect(skipped).toEqual([
      { file: 'src/b.ts', reason: 'limit' },
      { file: 'src/d.ts', reason: 'tooLarge' },
    ]);
  });

  it.each([
    ['missing.ts', 'task.fileNotFound'],
    ['binary.bin', 'task.fileBinary'],
    ['latin1.txt', 'task.fileBinary'],
    ['large.txt', 'task.contextTooLarge'],
    ['huge.txt', 'task.contextTooLarge'],
    ['a.ts:3-2', 'usage.invalid'],
  ])('says what is wrong with %s', (name, code) => {
    put({
      'a.ts': 'a',
      'binary.bin': Buffer.from([1, 0, 2]),
      'latin1.txt': Buffer.from([0x66, 0xfc, 0x72]),
      'large.txt': 'x'.repeat(100_000),
      'huge.txt': 'x'.repeat(9_000_000),
    });
    expect(() => collect('explain', [name])).toThrow(expect.objectContaining({ code }));
  });
});
