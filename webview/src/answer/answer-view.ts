/**
 * The streamed answer on the page. Final blocks are rendered once and never touched again; only the tail is rendered
 * anew, so the cost of a delta doesn't depend on how long the answer already is. Everything in it is text of a model:
 * it reaches the page through the sanitiser, links carry no address that could be navigated to, and buttons are ours.
 */
import { BlockSplitter, codeBlocksOf, type Block } from '@task-router/protocol/answer';
import { CodeView, FenceReader, type CodeAction } from './code-view.ts';
import { createMarkdown } from './markdown.ts';
import { sanitized } from './sanitize.ts';

export interface AnswerEvents {
  /** A button of the code block with this number (0-based, in the order of code-blocks.ts). */
  onCodeAction(action: CodeAction, codeBlock: number, button: HTMLButtonElement): void;
  /** A click on a link; `address` is https. */
  onLink(address: string): void;
}

/** Settled groups of blocks are skipped by the browser's layout while they are out of sight. */
const blocksPerGroup = 40;
/** What a frame may spend on blocks before it lets the reader act again. */
const budgetMs = 12;

export class AnswerView {
  readonly element = document.createElement('div');
  readonly #events: AnswerEvents;
  /** Addresses stay out of the page, so nothing but a click handled here can use them. */
  readonly #addresses = new WeakMap<Element, string>();
  #text = '';
  #isEnded = false;
  #splitter = new BlockSplitter();
  /** Final blocks that are not on the page yet. */
  #waiting: Block[] = [];
  #markdown = createMarkdown();
  #group = newGroup();
  #tail = newTail();
  #fenceReader: FenceReader | null = null;
  #codeCount = 0;

  constructor(events: AnswerEvents) {
    this.#events = events;
    this.element.className = 'answer-text';
    this.element.addEventListener('click', (event) => this.#onClick(event));
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#openLink(event);
    });
    this.#reset();
  }

  /**
   * Shows `text`, the whole answer so far. `isEnded`: no more will come. Returns true when it had to stop before all of
   * it was shown, to keep the page responsive: call again in the next frame.
   */
  update(text: string, isEnded: boolean): boolean {
    if (text !== this.#text || isEnded !== this.#isEnded) this.#read(text, isEnded);
    const endMs = performance.now() + budgetMs;
    while (performance.now() < endMs) {
      const block = this.#waiting.shift();
      if (block === undefined) break;
      this.#addFinal(block);
    }
    const hasMore = this.#waiting.length > 0;
    this.#showTail(hasMore || isEnded ? null : this.#splitter.tail(text));
    this.element.classList.toggle('is-streaming', hasMore || !isEnded);
    return hasMore;
  }

  #read(text: string, isEnded: boolean): void {
    if (this.#isEnded || !text.startsWith(this.#text)) this.#reset();
    this.#text = text;
    this.#isEnded = isEnded;
    this.#waiting.push(...this.#splitter.advance(text));
    const tail = isEnded ? this.#splitter.tail(text) : null;
    if (tail !== null) this.#waiting.push(tail);
  }

  #reset(): void {
    this.#splitter = new BlockSplitter();
    this.#waiting = [];
    this.#markdown = createMarkdown();
    this.#group = newGroup();
    this.#tail = newTail();
    this.#fenceReader = null;
    this.#codeCount = 0;
    this.element.replaceChildren(this.#group, this.#tail);
  }

  #addFinal(block: Block): void {
    const shown = block.fence === null ? this.#markdownOf(block, true) : this.#finishFence(block);
    if (this.#group.childElementCount >= blocksPerGroup) {
      this.#group.classList.add('is-settled');
      this.#group = newGroup();
      this.element.insertBefore(this.#group, this.#tail);
    }
    this.#group.append(shown);
    this.#tail.replaceChildren();
  }

  #showTail(tail: Block | null): void {
    if (tail === null) this.#tail.replaceChildren();
    else if (tail.fence === null) this.#tail.replaceChildren(this.#markdownOf(tail, false));
    else {
      const reader = this.#readerOf(tail);
      reader.read(this.#text, tail);
      if (reader.view.element.parentElement !== this.#tail) this.#tail.replaceChildren(reader.view.element);
    }
  }

  #readerOf(block: Block): FenceReader {
    if (this.#fenceReader?.blockStart !== block.start && block.fence !== null) {
      this.#fenceReader = new FenceReader(block, block.fence);
    }
    if (this.#fenceReader === null) throw new Error('only a code block has a fence to read');
    return this.#fenceReader;
  }

  #finishFence(block: Block): Element {
    const reader = this.#readerOf(block);
    reader.finish(this.#text, block, this.#codeCount++);
    this.#fenceReader = null;
    return reader.view.element;
  }

  #markdownOf(block: Block, isFinal: boolean): Element {
    const { html, code } = this.#markdown.render(this.#text.slice(block.start, block.end), isFinal);
    const element = document.createElement('div');
    element.className = 'block';
    element.append(sanitized(html));
    for (const link of element.querySelectorAll('a')) this.#disarm(link);
    for (const table of element.querySelectorAll('table')) makeScrollable(table);
    this.#dressCode(element, code, isFinal ? codeBlocksOf(block, this.#text).map((found) => found.code) : []);
    return element;
  }

  /** Gives nested code its frame, and its buttons where what is shown is what the number stands for. */
  #dressCode(element: Element, languages: readonly (string | null)[], numbered: readonly string[]): void {
    let next = 0;
    for (const [position, pre] of [...element.querySelectorAll('pre')].entries()) {
      const code = pre.textContent;
      const language = languages[position] ?? null;
      const view = new CodeView(language ?? '');
      view.append(code === '' || code.endsWith('\n') ? code : `${code}\n`);
      const offset = language === null ? -1 : numbered.slice(next).indexOf(code);
      if (offset !== -1) {
        view.finish(this.#codeCount + next + offset);
        next += offset + 1;
      }
      pre.replaceWith(view.element);
    }
    this.#codeCount += numbered.length;
  }

  /** Without an address nothing can navigate, and the editor's own link handler does not open it a second time. */
  #disarm(link: HTMLAnchorElement): void {
    const address = link.href;
    this.#addresses.set(link, address);
    link.removeAttribute('href');
    link.setAttribute('role', 'link');
    link.tabIndex = 0;
    link.title = address;
  }

  #onClick(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLButtonElement>('button[data-code-action]');
    if (button) {
      const action = button.dataset['codeAction'];
      if (action === 'copy' || action === 'insert' || action === 'replace') {
        this.#events.onCodeAction(action, Number(button.dataset['codeBlock']), button);
      }
      return;
    }
    this.#openLink(event);
  }

  #openLink(event: Event): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const address = link === null ? undefined : this.#addresses.get(link);
    if (address !== undefined) this.#events.onLink(address);
  }
}

function newGroup(): HTMLElement {
  const group = document.createElement('div');
  group.className = 'answer-group';
  return group;
}

function newTail(): HTMLElement {
  const tail = document.createElement('div');
  tail.className = 'answer-tail';
  return tail;
}

function makeScrollable(table: HTMLTableElement): void {
  const frame = document.createElement('div');
  frame.className = 'table-scroll';
  frame.tabIndex = 0;
  frame.setAttribute('role', 'group');
  frame.setAttribute('aria-label', 'Table');
  table.replaceWith(frame);
  frame.append(table);
}
