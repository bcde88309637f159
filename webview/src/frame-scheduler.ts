/**
 * Draws at most once per frame, and less often when drawing is slow: after a slow frame it leaves the page as long to the
 * reader's clicks and scrolling, within reason.
 */
const slowMs = 8;
const maxRestMs = 100;

export class FrameScheduler {
  readonly #draw: () => void;
  #isRequested = false;
  #restUntilMs = 0;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Asks for a frame; any number of requests before it make one. */
  request(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    const restMs = this.#restUntilMs - performance.now();
    if (restMs > 0) setTimeout(() => this.#nextFrame(), restMs);
    else this.#nextFrame();
  }

  #nextFrame(): void {
    requestAnimationFrame(() => {
      this.#isRequested = false;
      const startMs = performance.now();
      this.#draw();
      const endMs = performance.now();
      const tookMs = endMs - startMs;
      this.#restUntilMs = tookMs > slowMs ? endMs + Math.min(maxRestMs, tookMs) : 0;
    });
  }
}
