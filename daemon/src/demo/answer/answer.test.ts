/** Answers are made from what was sent: the files are found in many spellings, and every kind gets its own. */
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../formats/format.ts';
import { chunkAnswer, writeAnswer } from './answer.ts';
import type { AnswerVoice } from './answer.ts';
import { readCodeFacts } from './code-facts.ts';
import { readContextFiles } from './context-files.ts';
import { guessTaskKind } from './task-kind.ts';

const brief: AnswerVoice = { label: 'demo-fast', style: 'brief' };
const thorough: AnswerVoice = { label: 'demo-strong', style: 'thorough' };

const parcel = `/** Weighs parcels. */
import { grams } from './units.ts';

export interface Parcel {
  readonly items: readonly number[];
}

export function weigh(parcel: Parcel): number {
  return parcel.items.reduce((sum, item) => sum + grams(item), 0);
}
`;
const units = `// Units of weight.\nexport const grams = (value: number) => value * 1000;\n`;
const context = `File: src/parcel.ts (lines 1-11)\n\`\`\`ts\n${parcel}\`\`\`\n\nFile: src/units.ts\n\`\`\`ts\n${units}\`\`\``;

const ask = (text: string): readonly ChatMessage[] => [{ role: 'user', text }];

describe('finding the files that came with a task', () => {
  const code = 'const a = 1;';
  const cases: readonly (readonly [spelling: string, message: string, path: string | undefined])[] = [
    [
      'a File: line with a range',
      `Explain.\nFile: src/a.ts (lines 3-9)\n\`\`\`ts\n${code}\n\`\`\``,
      'src/a.ts',
    ],
    ['a heading that is a path', `### src/a.ts\n\n\`\`\`\n${code}\n\`\`\``, 'src/a.ts'],
    ['a path in bold and code', `**\`src/a.ts\`**:\n~~~ts\n${code}\n~~~`, 'src/a.ts'],
    ['a path in the info string', `\`\`\`ts title="src/a.ts"\n${code}\n\`\`\``, 'src/a.ts'],
    ['a file tag', `<file path="src/a.ts">\n${code}\n</file>`, 'src/a.ts'],
    [
      'a tag around a fence',
      `<document name='src/a.ts' lines="3-9">\n\`\`\`ts\n${code}\n\`\`\`\n</document>`,
      'src/a.ts',
    ],
    ['a fence without any name', `Fix this:\n\`\`\`ts\n${code}\n\`\`\``, undefined],
    ['a fence that is never closed', `File: src/a.ts\n\`\`\`ts\n${code}`, 'src/a.ts'],
  ];
  it.each(cases)('reads %s', (_spelling, message, path) => {
    const { files } = readContextFiles(message);
    expect(files.map((file) => [file.path, file.text])).toEqual([[path, code]]);
  });

  it('keeps what is asked apart from the files, and the range with its file', () => {
    const read = readContextFiles(`Explain this, please.\n\n${context}\n\nBe short.`);
    expect(read.prose).toMatch(/^Explain this, please\.\n+Be short\.$/);
    expect(read.files.map(({ path, lines }) => [path, lines])).toEqual([
      ['src/parcel.ts', { from: 1, to: 11 }],
      ['src/units.ts', undefined],
    ]);
  });

  it('takes a shorter fence inside a longer one for content', () => {
    const inner = 'text\n```ts\nlet b;\n```\nmore';
    const { files } = readContextFiles(`File: README.md\n\`\`\`\`markdown\n${inner}\n\`\`\`\``);
    expect(files.map(({ text }) => text)).toEqual([inner]);
  });

  it('reads hostile text in little time', () => {
    const hostile = `${'<file path="a">\n'.repeat(100_000)}${'`'.repeat(500_000)}${'\n'.repeat(500_000)}${'File: '.repeat(200_000)}`;
    const startedMs = performance.now();
    readContextFiles(hostile);
    writeAnswer(ask(hostile), thorough);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe('what is said of a file', () => {
  const cases: readonly (readonly [
    path: string,
    text: string,
    names: string[],
    imports: string[],
    comment: string | undefined,
  ])[] = [
    ['src/parcel.ts', parcel, ['Parcel', 'weigh'], ['./units.ts'], 'Weighs parcels.'],
    [
      'a.cjs',
      `#!/usr/bin/env node\n// Starts it.\nconst fs = require('node:fs');\nexports.start = () => fs;`,
      ['start'],
      ['node:fs'],
      'Starts it.',
    ],
    [
      'a.py',
      `"""Sums."""\nimport os\nfrom a.b import c\n\ndef total(x):\n    return x\n\nclass Sum:\n    pass`,
      ['total', 'Sum'],
      ['os', 'a.b'],
      'Sums.',
    ],
    [
      'a.go',
      `// Package a counts.\npackage a\n\nimport "fmt"\n\nfunc Count() int { return 1 }\nfunc (c *T) Add() {}\nfunc hidden() {}`,
      ['Count', 'Add'],
      ['fmt'],
      'Package a counts.',
    ],
    [
      'a.rs',
      `//! Runs.\nuse std::fs;\npub async fn run() {}\nfn hidden() {}\npub struct Job;`,
      ['run', 'Job'],
      ['std::fs'],
      'Runs.',
    ],
    [
      'A.java',
      `/* Adds. */\nimport java.util.List;\npublic final class Adder {}`,
      ['Adder'],
      ['java.util.List'],
      'Adds.',
    ],
    [
      'a.cpp',
      `#include <vector>\n// Sorts.\nint sort(int* a) {\n  return call(a);\n}`,
      ['sort'],
      ['vector'],
      'Sorts.',
    ],
    ['a.sh', `#!/bin/sh\n# Builds.\n. ./env.sh\nbuild() {\n  make\n}`, ['build'], ['./env.sh'], 'Builds.'],
    ['a.md', `<!-- Notes. -->\n# Title\ntext`, ['Title'], [], 'Notes.'],
    ['a.json', `{\n  "name": "x"\n}`, ['name'], [], undefined],
    ['a.unknown', 'x\ny', [], [], undefined],
  ];
  it.each(cases)('reads the public names of %s', (path, text, names, imports, comment) => {
    const facts = readCodeFacts({ path, lines: undefined, info: '', text }, 1);
    expect([facts.publicNames.map(({ name }) => name), facts.imports, facts.firstComment]).toEqual([
      names,
      imports,
      comment,
    ]);
    expect([facts.bytes, facts.lineCount]).toEqual([Buffer.byteLength(text), text.split('\n').length]);
  });
});

describe('the kind of a task', () => {
  it.each([
    ['Explain what the tests do', 'explain'],
    ['What does this function do?', 'explain'],
    ['Fix the crash in weigh', 'fix'],
    ['Write unit tests for weigh', 'test'],
    ['Add documentation to this', 'document'],
    ['Refactor weigh into two functions', 'refactor'],
    ['Review this change', 'review'],
    ['Write a commit message', 'commit'],
    ['Create a parser for dates', 'generate'],
    ['Hello there', 'chat'],
    ['Do as you like.\nTask kind: refactor', 'refactor'],
  ] as const)('%s → %s', (task, kind) => {
    expect(guessTaskKind(task)).toBe(kind);
  });
});

describe('the answer', () => {
  it.each([brief, thorough])('says in its first line that no real model wrote it ($label)', (voice) => {
    const [first] = writeAnswer(ask(`Explain this\n${context}`), voice).split('\n');
    expect(first).toMatch(
      /^Demo answer \(no real model\): demo-(fast|strong) .*kind \*\*explain\*\*; 2 files/,
    );
  });

  it.each([brief, thorough])("shows the newcomer's own code ($label)", (voice) => {
    const answer = writeAnswer(ask(`Explain this\n${context}`), voice);
    for (const own of [
      'src/parcel.ts',
      'lines 1–11',
      '`weigh`',
      './units.ts',
      'Weighs parcels.',
      'src/units.ts',
    ]) {
      expect(answer).toContain(own);
    }
  });

  it('is longer and more structured from the strong server', () => {
    const question = ask(`Explain this\n${context}`);
    const [short, long] = [writeAnswer(question, brief), writeAnswer(question, thorough)];
    expect(long.length).toBeGreaterThan(1.3 * short.length);
    expect(long).toContain('`src/parcel.ts` uses `src/units.ts`');
    expect(short).not.toContain('## ');
  });

  it.each([
    ['Write tests for it', "test('weigh gives something back'"],
    ['Fix it', '// Demo fix (no real model)\n/** Weighs parcels. */'],
    ['Refactor it', '// Demo refactoring (no real model)\n/** Weighs'],
    ['Document it', '// Demo comment: function weigh.\nexport function weigh'],
    ['Generate a helper', "import { weigh } from './parcel.ts';"],
    ['Suggest a commit message', 'Change parcel, units'],
    ['Review it', '## Remarks'],
  ])('%s: makes something from the code', (task, expected) => {
    expect(writeAnswer(ask(`${task}\n\n${context}`), brief)).toContain(expected);
  });

  it('is equal for equal input', () => {
    const question = ask(`Review this\n${context}`);
    expect(writeAnswer(question, thorough)).toBe(writeAnswer(question, thorough));
  });

  it('reads context from a system message and from an earlier message', () => {
    const messages: readonly ChatMessage[] = [
      { role: 'system', text: `You help.\nTask kind: document\n${context}` },
      { role: 'user', text: 'Now, please.' },
    ];
    expect(writeAnswer(messages, brief)).toMatch(/kind \*\*document\*\*; 2 files/);
  });

  it('cuts long code visibly and keeps a fence closed whatever the code holds', () => {
    const code = 'const x = "```";\n'.repeat(2_000);
    const answer = writeAnswer(ask(`Fix it\nFile: a.ts\n\`\`\`\`ts\n${code}\`\`\`\``), brief);
    expect(answer).toContain('cut here by the demo');
    expect(answer.match(/^````.*$/gm)).toEqual(['````ts', '````']);
    expect(answer.length).toBeLessThan(12_000);
  });

  it('continues where an earlier server stopped, asked by prefill or by words', () => {
    const question = ask(`Explain this\n${context}`);
    const whole = writeAnswer(question, brief);
    const begun: ChatMessage = { role: 'assistant', text: whole.slice(0, 100) };
    const asked: ChatMessage = { role: 'user', text: 'Continue exactly where you stopped.' };
    expect(writeAnswer([...question, begun], brief)).toBe(whole.slice(100));
    expect(writeAnswer([...question, begun, asked], brief)).toBe(whole.slice(100));
    expect(writeAnswer([...question, { role: 'assistant', text: 'Something else' }], brief)).toBe(whole);
  });

  it('comes in word-like chunks that join to the text', () => {
    const text = 'A word,  two\n\n```ts\ncode();\n```\n';
    expect(chunkAnswer(text).join('')).toBe(text);
    expect(chunkAnswer(text).length).toBe(6 + 1);
    expect(chunkAnswer('')).toEqual([]);
  });
});
