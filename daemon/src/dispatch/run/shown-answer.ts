/**
 * The answer as it is shown, over all attempts: what was shown is kept as long as the task runs, so that the next route
 * can go on from it, and every seam knows its place.
 */
import type { ProviderKind } from '@task-router/protocol';
import type { AnswerPart } from '../../providers/model-call.ts';

export interface CalledRoute {
  readonly routeId: string;
  readonly provider: ProviderKind;
}

export interface ShownAnswer {
  /** The text shown so far, for a route to go on from; null: too much of it to be kept. */
  readonly text: string | null;
  /** Characters of it. */
  readonly chars: number;
  /** What was shown can't be taken back. */
  readonly isFinal: boolean;
  /** Nothing of the answer was shown, tool calls included; it comes as a whole at the end. */
  readonly isUnseen: boolean;
  /** The next pieces come from this route, which goes on from the text or answers from the start. */
  calling(route: CalledRoute, continuesText: boolean): void;
  show(part: AnswerPart): void;
  /** null: whoever it is shown to keeps up. */
  slowdown(): Promise<void> | null;
  /** A restart was announced: what was shown is no part of the answer any more. */
  forget(): void;
}

/** For a developer's own task, who sees text, and sees it voided when the answer starts over. */
export class TextAnswer implements ShownAnswer {
  readonly isFinal = false;
  readonly isUnseen = false;
  readonly #emit: (text: string) => void;
  #text: string;

  /** `text`: what is shown already, when a broken answer is taken up again. */
  constructor(emit: (text: string) => void, text = '') {
    this.#emit = emit;
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  get chars(): number {
    return this.#text.length;
  }

  calling(): void {
    // Every transition tells of its route.
  }

  /** No task of ours has tools, and thinking is no part of its answer. */
  show(part: AnswerPart): void {
    if (part.type !== 'text') return;
    this.#text += part.text;
    this.#emit(part.text);
  }

  slowdown(): null {
    return null;
  }

  forget(): void {
    this.#text = '';
  }
}
