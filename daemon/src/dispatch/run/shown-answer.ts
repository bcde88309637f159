/**
 * The answer as the developer sees it, over all attempts: what was shown is kept as long as the task runs, so that the
 * next route can go on from it, and every seam knows its place.
 */
export class ShownAnswer {
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

  readonly show = (text: string): void => {
    this.#text += text;
    this.#emit(text);
  };

  /** A restart was announced: what was shown is no part of the answer any more. */
  forget(): void {
    this.#text = '';
  }
}
