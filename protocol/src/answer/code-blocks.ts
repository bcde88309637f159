/**
 * The code blocks of an answer, numbered from 0 in the order in which they appear. Copy, Insert and Replace name a block
 * by this number, so whoever carries them out must count in the same way: with this function.
 *
 * Fenced blocks count, in lists and quotes too; indented code doesn't.
 */
import { splitBlocks, type Block } from './blocks.ts';
import { closesFence, openedFence, withoutPrefix, type Fence } from './fences.ts';

export interface CodeBlock {
  /** As the model named it, for example `ts`; empty when it did not. */
  readonly language: string;
  /** Without the fences; ends with a line feed unless it is empty. */
  readonly code: string;
}

/** Every code block of an answer; one that was never closed ends with the text. */
export function codeBlocks(text: string): CodeBlock[] {
  return splitBlocks(text).flatMap((block) => codeBlocksOf(block, text));
}

/** The code blocks of one block of `text`: itself, or those nested in its lists and quotes. */
export function codeBlocksOf(block: Block, text: string): CodeBlock[] {
  const source = text.slice(block.start, block.end);
  if (block.fence !== null) return [topLevelCode(source, block.fence, block.isClosed)];
  return nestedCode(source);
}

function topLevelCode(source: string, fence: Fence, isClosed: boolean): CodeBlock {
  const lines = linesOf(source).slice(1);
  if (isClosed || (lines.length > 0 && closesFence(lines.at(-1) ?? '', fence))) lines.pop();
  return { language: fence.language, code: joined(lines, fence) };
}

function nestedCode(source: string): CodeBlock[] {
  const found: CodeBlock[] = [];
  let fence: Fence | null = null;
  let lines: string[] = [];
  const end = (): void => {
    if (fence !== null) found.push({ language: fence.language, code: joined(lines, fence) });
    fence = null;
    lines = [];
  };
  for (const line of linesOf(source)) {
    if (fence === null) fence = openedFence(line);
    else if (closesFence(line, fence)) end();
    else lines.push(line);
  }
  end();
  return found;
}

function linesOf(source: string): string[] {
  const lines = source.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function joined(lines: readonly string[], fence: Fence): string {
  return lines.map((line) => `${withoutPrefix(line, fence)}\n`).join('');
}
