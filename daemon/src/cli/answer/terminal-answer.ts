/**
 * An answer as it streams to a terminal: line by line, because a line is what markdown's marks need and what a reader waits
 * for. Code is left as it is, line for line and without an indent, so that it can be selected and pasted; only what fences it is
 * dimmed. What is piped never comes here.
 */
import { closesFence, openedFence, withoutPrefix, type Fence } from '@task-router/protocol/answer';
import { plain } from '../output.ts';
import { InlineStyles, styled } from './inline-styles.ts';

/** A line without end is written in pieces: nobody waits for it, and nothing has to remember it. */
const maxLineChars = 4_000;

export class TerminalAnswer {
  readonly #inline = new InlineStyles();
  /** What came of a line that has not ended. */
  #line = '';
  #fence: Fence | null = null;

  /** What to write now for the next piece of the answer; cleaned of control characters. Empty while a line grows. */
  push(delta: string): string {
    const lines = (this.#line + plain(delta)).split('\n');
    this.#line = lines.pop() ?? '';
    const written = lines.map((line) => `${this.#styledLine(line)}\n`).join('');
    return this.#line.length <= maxLineChars ? written : written + this.flush();
  }

  /** The line that has not ended, before something else is written. */
  flush(): string {
    const line = this.#line;
    this.#line = '';
    return line === '' ? '' : this.#styledLine(line);
  }

  /** The answer starts again on another route. */
  restart(): void {
    this.#line = '';
    this.#fence = null;
  }

  #styledLine(line: string): string {
    if (this.#fence !== null) {
      if (!closesFence(line, this.#fence)) return withoutPrefix(line, this.#fence);
      this.#fence = null;
      return styled('dim', line.trim());
    }
    this.#fence = openedFence(line);
    return this.#fence === null ? this.#prose(line) : styled('dim', line);
  }

  #prose(line: string): string {
    if (line.length > maxLineChars) return line;
    const heading = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$/.exec(line);
    if (heading !== null) {
      const [, depth = '', text = ''] = heading;
      return styled(depth.length === 1 ? ['bold', 'underline'] : 'bold', this.#inline.render(text));
    }
    if (/^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/.test(line)) return styled('dim', '─'.repeat(24));
    // Four blanks begin code, or go on in a list; either way the line is left alone but for its marks.
    const begin = /^([ \t]*)((?:>[ \t]?)+|[-*+][ \t]+|\d{1,9}[.)][ \t]+)?/.exec(line);
    const [whole = '', indent = '', mark = ''] = begin ?? [];
    const text = this.#inline.render(line.slice(whole.length));
    if (mark.startsWith('>'))
      return `${indent}${styled('dim', `${mark.replaceAll('>', '│').trimEnd()} `)}${styled('italic', text)}`;
    return `${indent}${mark.replace(/^[-*+]/, '•')}${text}`;
  }
}
