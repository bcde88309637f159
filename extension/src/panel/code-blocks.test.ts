import { describe, expect, it } from 'vitest';
import { codeBlocks as panelCodeBlocks } from '../../../webview/src/answer/code-blocks.ts';
import { codeBlocks } from './code-blocks.ts';

const fence = '```';
const answers: readonly (readonly [name: string, answer: string, blocks: readonly string[]])[] = [
  ['no code', 'Just words with `inline` code.', []],
  ['one block', `Before\n${fence}ts\nconst a = 1;\n${fence}\nAfter`, ['const a = 1;\n']],
  ['two blocks and an empty one', `${fence}\na\n${fence}\n\n${fence}\n${fence}\n~~~\nb\n~~~\n`, ['a\n', '', 'b\n']],
  ['a block that never ends', `${fence}js\nlet x\n`, ['let x\n']],
  ['fences inside a longer fence', `${fence}\`md\n${fence}\nx\n${fence}\n${fence}\`\n`, [`${fence}\nx\n${fence}\n`]],
  ['a block in a list', `1. Do this:\n   ${fence}sh\n   npm ci\n   ${fence}\n2. Done`, ['npm ci\n']],
  ['a block in a quote', `> ${fence}\n> a\n>   b\n> ${fence}\n`, ['a\n  b\n']],
  ['Windows line ends', `${fence}\r\na\r\n${fence}\r\n`, ['a\n']],
  ['a nested block cut off by text at the margin', `- ${fence}\n  a\ntext\n${fence}\nb\n${fence}\n`, ['a\n', 'b\n']],
  ['a backtick in the info string', `${fence}a\`b\nnot code\n`, []],
];

describe('codeBlocks', () => {
  it.each(answers)('finds %s', (_name, answer, blocks) => {
    expect(codeBlocks(answer)).toEqual(blocks);
  });

  it.each(answers)('counts as the panel does: %s', (_name, answer) => {
    expect(codeBlocks(answer)).toEqual(panelCodeBlocks(answer).map(({ code }) => code));
  });

  it('stays fast on hostile text', () => {
    const startMs = performance.now();
    codeBlocks(`${'- > '.repeat(20_000)}x\n`.repeat(20));
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});
