/**
 * One code block on the page: its language, its buttons, and the code, which only ever grows. Code is appended in
 * chunks of lines, so that neither a new delta nor scrolling lays out thousands of lines again.
 */
import { closesFence, withoutPrefix, type Block, type Fence } from '@task-router/protocol/answer';

/** What a button of a code block asks for. */
export type CodeAction = 'copy' | 'insert' | 'replace';

const linesPerChunk = 200;
const buttons: readonly { action: CodeAction; icon: string; label: string; title: string }[] = [
  { action: 'copy', icon: 'copy', label: 'Copy', title: 'Copy this code' },
  { action: 'insert', icon: 'insert', label: 'Insert', title: 'Insert this code at the cursor' },
  {
    action: 'replace',
    icon: 'diff',
    label: 'Replace',
    title: 'Replace the selection with this code, after a preview',
  },
];

export class CodeView {
  readonly element = document.createElement('div');
  readonly #bar = document.createElement('div');
  readonly #code = document.createElement('code');
  /** The line still being written, after all chunks. */
  readonly #partial = document.createTextNode('');
  #chunk: HTMLElement | null = null;
  #linesInChunk = 0;

  constructor(language: string) {
    this.element.className = 'code';
    this.#bar.className = 'code-bar';
    const name = document.createElement('span');
    name.className = 'code-language';
    name.textContent = language === '' ? 'text' : language.slice(0, 40);
    this.#bar.append(name);
    const pre = document.createElement('pre');
    // Long lines scroll sideways, and that must work from the keyboard.
    pre.tabIndex = 0;
    pre.setAttribute('role', 'group');
    pre.setAttribute('aria-label', `Code, ${name.textContent}`);
    pre.append(this.#code);
    this.#code.append(this.#partial);
    this.element.append(this.#bar, pre);
  }

  /** Adds whole lines; `code` is empty or ends with a line feed. */
  append(code: string): void {
    let start = 0;
    while (start < code.length) {
      if (this.#chunk === null || this.#linesInChunk >= linesPerChunk) this.#startChunk();
      let end = start;
      while (end < code.length && this.#linesInChunk < linesPerChunk) {
        end = code.indexOf('\n', end) + 1;
        this.#linesInChunk++;
      }
      this.#chunk?.append(code.slice(start, end));
      start = end;
    }
  }

  /** Shows the line that is still being written. */
  showPartial(line: string): void {
    if (this.#partial.data !== line) this.#partial.data = line;
  }

  /** Shows the buttons: the code is complete and is the block with this number. */
  finish(index: number): void {
    this.showPartial('');
    const group = document.createElement('span');
    group.className = 'code-actions';
    for (const { action, icon, label, title } of buttons) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'quiet';
      button.title = title;
      button.dataset['codeAction'] = action;
      button.dataset['codeBlock'] = String(index);
      const glyph = document.createElement('span');
      glyph.className = `codicon codicon-${icon}`;
      glyph.setAttribute('aria-hidden', 'true');
      const text = document.createElement('span');
      text.className = 'button-label';
      text.textContent = label;
      button.append(glyph, text);
      group.append(button);
    }
    this.#bar.append(group);
  }

  #startChunk(): void {
    this.#chunk = document.createElement('span');
    this.#chunk.className = 'code-chunk';
    this.#linesInChunk = 0;
    this.#code.insertBefore(this.#chunk, this.#partial);
    this.element.classList.toggle('is-long', this.#code.childElementCount > 1);
  }
}

/** Reads the code of one top-level fence into a view while the fence grows. */
export class FenceReader {
  readonly view: CodeView;
  readonly blockStart: number;
  readonly #fence: Fence;
  /** Offset of the first line not yet appended; null until the opening line is complete. */
  #next: number | null = null;

  constructor(block: Block, fence: Fence) {
    this.#fence = fence;
    this.blockStart = block.start;
    this.view = new CodeView(fence.language);
  }

  /** Appends what `text` has beyond the last call. `block` is the fence's block as it is now. */
  read(text: string, block: Block): void {
    if (this.#next === null) {
      const newline = text.indexOf('\n', block.start);
      if (newline === -1 || newline >= block.end) return;
      this.#next = newline + 1;
    }
    const codeEnd = block.isClosed ? startOfLastLine(text, block.end) : block.end;
    const wholeEnd = Math.max(this.#next, text.lastIndexOf('\n', codeEnd - 1) + 1);
    const lines = text.slice(this.#next, wholeEnd).split(/\r?\n/).slice(0, -1);
    this.view.append(lines.map((line) => `${withoutPrefix(line, this.#fence)}\n`).join(''));
    this.#next = wholeEnd;
    if (block.isClosed) return;
    const partial = withoutPrefix(text.slice(wholeEnd, codeEnd), this.#fence);
    // What may become the closing fence is not shown as code.
    this.view.showPartial(/^\s*(`*|~*)\s*$/.test(partial) ? '' : partial);
  }

  /** Reads the rest of a fence that grows no more, closed or not, and gives it its number. */
  finish(text: string, block: Block, index: number): void {
    this.read(text, block);
    const rest = block.isClosed || this.#next === null ? '' : text.slice(this.#next, block.end);
    if (rest !== '' && !closesFence(rest, this.#fence)) {
      this.view.append(`${withoutPrefix(rest, this.#fence)}\n`);
    }
    this.view.finish(index);
  }
}

function startOfLastLine(text: string, end: number): number {
  return text.lastIndexOf('\n', end - 2) + 1;
}
