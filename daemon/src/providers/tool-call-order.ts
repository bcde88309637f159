/**
 * Puts the pieces of tool calls in order: those of one call follow each other, and a call's end comes after all of it,
 * however a wire mixes them (OpenAI's numbers them and may write two at once). The first call that is open goes straight
 * through, so its arguments stream; what belongs to a later one waits for its turn.
 */
import type { AnswerPart } from './model-call.ts';

type ToolPart = Extract<AnswerPart, { type: `tool${string}` }>;

type Start = Extract<AnswerPart, { type: 'toolStart' }>;

interface OpenCall {
  readonly id: string;
  hasJson: boolean;
  isDone: boolean;
  /** Not passed on yet. */
  waiting: ToolPart[];
}

export class ToolCallOrder {
  readonly #open: OpenCall[] = [];
  readonly #seen = new Set<string>();

  start(id: string, name: string, metadata?: Start['metadata']): readonly ToolPart[] {
    if (this.#seen.has(id)) return [];
    this.#seen.add(id);
    this.#open.push({ id, hasJson: false, isDone: false, waiting: [] });
    return this.#add(id, { type: 'toolStart', id, name, ...(metadata && { metadata }) });
  }

  delta(id: string, json: string): readonly ToolPart[] {
    if (json === '') return [];
    const call = this.#open.find((each) => each.id === id);
    if (call === undefined || call.isDone) return [];
    call.hasJson = true;
    return this.#add(id, { type: 'toolDelta', id, json });
  }

  /** The whole call, after its pieces or instead of them. */
  whole(id: string, name: string, json: string): readonly ToolPart[] {
    const started = this.start(id, name);
    const call = this.#open.find((each) => each.id === id);
    if (call === undefined || call.isDone) return started;
    const rest = call.hasJson ? [] : this.delta(id, json === '' ? '{}' : json);
    call.isDone = true;
    return [...started, ...rest, ...this.#add(id, { type: 'toolEnd', id })];
  }

  /** The answer is complete, and so are its calls. */
  finish(): readonly ToolPart[] {
    return [...this.#open].flatMap((call) => this.whole(call.id, '', ''));
  }

  #add(id: string, part: ToolPart): readonly ToolPart[] {
    const call = this.#open.find((each) => each.id === id);
    if (call === undefined) return [];
    if (call !== this.#open[0]) {
      call.waiting.push(part);
      return [];
    }
    return part.type === 'toolEnd' ? [part, ...this.#next()] : [part];
  }

  /** The first call is through: the ones behind it move up, as far as they are whole. */
  #next(): readonly ToolPart[] {
    const passed: ToolPart[] = [];
    this.#open.shift();
    for (;;) {
      const first = this.#open[0];
      if (first === undefined) return passed;
      passed.push(...first.waiting);
      first.waiting = [];
      if (!first.isDone) return passed;
      this.#open.shift();
    }
  }
}
