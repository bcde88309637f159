/**
 * Cuts a growing answer into blocks that later text can't change, so that each is rendered once and only the tail is
 * rendered again. A cut is made where CommonMark starts a new top-level block whatever follows: at a fence, and after a
 * blank line that neither continues a list nor an indented block. Two bounds keep the tail small for any text: a long
 * list is cut between its items, and a block without any boundary at the first line end past a limit.
 */
import { closesFence, openedFence, type Fence } from './fences.ts';

export interface Block {
  /** `code` is one top-level fence with its opening line; everything else is `markdown`. */
  readonly kind: 'markdown' | 'code';
  /** Offsets into the text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** The fence of a `code` block. */
  readonly fence: Fence | null;
  /** For `code`: the closing fence has been seen. Always true for `markdown` that is final. */
  readonly isClosed: boolean;
}

/** A list longer than this is cut between two items. */
const maxListChars = 4_000;
/** A block ends at the first line end after this: bounds what rendering the tail costs. */
const maxBlockChars = 8_000;
/** The same for what a cut would change most: a table loses its head, a list item its indentation. */
const maxStructureChars = 32_000;
/** A line longer than this is read in pieces, so that the bounds hold for text without line ends too. */
const maxLineChars = 4_000;

/** The line under a table's head. */
const tableRule = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$/;

const listItem = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?: {1,4}|$)/;

/**
 * Feed it the whole text so far; text that doesn't continue what it saw before needs a new splitter. Where the text
 * was cut into deltas makes no difference to the blocks.
 */
export class BlockSplitter {
  #lineStart = 0;
  #blockStart = 0;
  /** The line at `#lineStart` is the rest of a longer one. */
  #isRest = false;
  /** Open top-level fence: the current block is code. */
  #fence: Fence | null = null;
  /** Open fence inside a list or a quote of the current block. */
  #nested: Fence | null = null;
  #afterBlank = false;
  /** Column at which the content of the current top-level list item starts; 0 outside a list. */
  #itemIndent = 0;
  #isTable = false;

  /** Reads what is new in `text` and returns the blocks that became final. */
  advance(text: string): Block[] {
    const final: Block[] = [];
    for (let next = this.#nextLine(text); next !== null; next = this.#nextLine(text)) {
      const isWhole = text[next - 1] === '\n';
      if (!this.#isRest) {
        const line = text.slice(this.#lineStart, isWhole ? next - 1 : next);
        this.#readLine(line.replace(/\r$/, ''), next, final);
      }
      this.#isRest = !isWhole;
      this.#lineStart = next;
      if (this.#fence === null && next - this.#blockStart > this.#maxChars()) this.#cut(next, final);
    }
    return final;
  }

  #maxChars(): number {
    return this.#isTable || this.#itemIndent > 0 ? maxStructureChars : maxBlockChars;
  }

  /** The unfinished block at the end of `text`; null when there is none. */
  tail(text: string): Block | null {
    if (this.#blockStart >= text.length) return null;
    return this.#block(text.length, false);
  }

  /** Where the line after the current one starts; null when the current one is not there yet. */
  #nextLine(text: string): number | null {
    const newline = text.indexOf('\n', this.#lineStart);
    const limit = this.#lineStart + maxLineChars;
    if (newline !== -1 && newline < limit) return newline + 1;
    // One character more than the limit has to be there, so that no surrogate pair is cut.
    if (text.length <= limit) return null;
    const word = text.lastIndexOf(' ', limit - 1) + 1;
    if (word > this.#lineStart + maxLineChars / 2) return word;
    return (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800 ? limit - 1 : limit;
  }

  #block(end: number, isClosed: boolean): Block {
    const kind = this.#fence === null ? 'markdown' : 'code';
    return { kind, start: this.#blockStart, end, fence: this.#fence, isClosed };
  }

  #cut(at: number, final: Block[]): void {
    if (at > this.#blockStart) final.push(this.#block(at, true));
    this.#blockStart = at;
    this.#fence = null;
    this.#itemIndent = 0;
    this.#isTable = false;
    this.#afterBlank = false;
  }

  #readLine(line: string, next: number, final: Block[]): void {
    if (this.#fence !== null) {
      if (closesFence(line, this.#fence)) this.#cut(next, final);
      return;
    }
    if (line.trim() === '') {
      // Blank lines before a block belong to none.
      if (this.#blockStart === this.#lineStart) this.#blockStart = next;
      this.#afterBlank = true;
      return;
    }
    const indent = line.length - line.trimStart().length;
    if (this.#nested !== null) {
      const isAtMargin = indent === 0 && !line.startsWith('>');
      const isClosing = closesFence(line, this.#nested);
      if (isAtMargin || isClosing) this.#nested = null;
      if (!isAtMargin || isClosing) return;
      // Text at the margin ends the fence together with the list or quote around it.
      this.#cut(this.#lineStart, final);
    }
    this.#readMarkdown(line, indent, final);
    this.#afterBlank = false;
  }

  #readMarkdown(line: string, indent: number, final: Block[]): void {
    const fence = openedFence(line);
    const isInside = this.#isInside(indent);
    if (fence?.prefix.trim() === '' && !isInside) {
      this.#cut(this.#lineStart, final);
      this.#fence = fence;
      return;
    }
    const item = listItem.exec(line);
    if (this.#isBoundary(item !== null, indent)) this.#cut(this.#lineStart, final);
    if (item !== null && (this.#itemIndent === 0 || indent < this.#itemIndent)) {
      this.#itemIndent = item[0].length;
    }
    if (tableRule.test(line)) this.#isTable = true;
    this.#nested = fence;
  }

  /** Whether a line with this indent still belongs to the list item before it, or is indented code. */
  #isInside(indent: number): boolean {
    return this.#itemIndent > 0 ? indent >= this.#itemIndent : indent > 3;
  }

  #isBoundary(isItem: boolean, indent: number): boolean {
    const isNextItem = isItem && this.#itemIndent > 0;
    if (!isNextItem) return this.#afterBlank && !this.#isInside(indent);
    return indent === 0 && this.#lineStart - this.#blockStart > maxListChars;
  }
}

/** All blocks of a finished text. */
export function splitBlocks(text: string): Block[] {
  const splitter = new BlockSplitter();
  const blocks = splitter.advance(text);
  const tail = splitter.tail(text);
  return tail === null ? blocks : [...blocks, tail];
}
