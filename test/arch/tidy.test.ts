/** House rules that no linter knows. Each is first shown to find what it is for, then held against the whole project. */
import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { linesMatching, projectFiles, root, type ProjectFile } from './project-files.ts';

const code = /\.(ts|mts|mjs|cjs|css)$/;
const file = (text: string): ProjectFile[] => [{ path: 'planted.ts', text }];
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** A unit test needs none: its name and its first `describe` say what it is about. */
function withoutOpeningComment(files: readonly ProjectFile[]): string[] {
  return files
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .filter(({ text }) => !/^(#!.*\n)?\s*(\/\/|\/\*)/.test(text))
    .map(({ path }) => path);
}

/** Every line counts: a file that is looked through in one go, whatever it holds. */
const longest = 350;
function tooLong(files: readonly ProjectFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > longest ? [`${path}: ${lines} lines`] : [];
  });
}

/** A reason follows two dashes, and is more than a word. */
const bareSuppression = /eslint-disable(?!.* -- \S+ \S+)|prettier-ignore(?!.* -- \S+)|@ts-(ignore|nocheck)/;
/** Planted texts are written in two halves, so that this file is not found by its own rules. */
const disable = 'eslint-' + 'disable-next-line';
const later = 'TO' + 'DO';
const leftOver = new RegExp(`\\b(${[later, 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
/** This checkout, this home folder, and folders that exist on nobody else's machine. */
const elsewhere = ['work', 'root', 'builds'].map((name) => `/${name}`);
const machinePath = new RegExp(
  `(^|[^a-zA-Z0-9._/-])(${[root, homedir(), ...elsewhere].map(escaped).join('|')})(/|$|[^\\w.-])`,
);

describe('tidy', () => {
  it('every source file opens with a comment that says what it is', () => {
    expect(withoutOpeningComment(file("import 'x';\n// late"))).toHaveLength(1);
    expect(withoutOpeningComment(file('#!/usr/bin/env node\n/** Early. */\n'))).toEqual([]);

    expect(withoutOpeningComment(projectFiles(code))).toEqual([]);
  });

  it(`no file of code has more than ${longest} lines`, () => {
    expect(tooLong(file('\n'.repeat(longest) + 'last'))).toHaveLength(1);
    expect(tooLong(file('\n'.repeat(longest - 1) + 'last\n'))).toEqual([]);

    expect(tooLong(projectFiles(code))).toEqual([]);
  });

  it('every suppression gives its reason', () => {
    expect(linesMatching(file(`// ${disable} eqeqeq`), bareSuppression)).toHaveLength(1);
    expect(linesMatching(file(`// ${disable} eqeqeq -- null is meant`), bareSuppression)).toEqual([]);

    const others = projectFiles(code).filter(({ path }) => !path.startsWith('test/arch/'));
    expect(linesMatching(others, bareSuppression)).toEqual([]);
  });

  it('nothing is left over to do', () => {
    expect(linesMatching(file(`// ${later}: this`), leftOver)).toHaveLength(1);

    expect(linesMatching(projectFiles(/\.(ts|mts|mjs|cjs|css|md|json)$/), leftOver)).toEqual([]);
  });

  it('no file names a path of the machine it was written on', () => {
    expect(linesMatching(file(`const a = '${root}/daemon';`), machinePath)).toHaveLength(1);
    expect(linesMatching(file("const a = 'src/work/a' + '/root.ts';"), machinePath)).toEqual([]);

    expect(linesMatching(projectFiles(), machinePath)).toEqual([]);
  });
});
