/**
 * An answer on its way to another tool. What a tool was shown of a stream can't be taken back, so a broken stream is gone
 * on from or ends as incomplete; an answer that is wanted whole is kept here until it is, and may start over.
 */
import type { ProviderKind } from '@task-router/protocol';
import type { AnswerPart } from '../../providers/model-call.ts';
import type { OutcomeRecord } from '../../store/records.ts';
import type { AttemptEnd } from '../run/attempt-end.ts';
import type { CalledRoute, ShownAnswer } from '../run/shown-answer.ts';
import type { AnswerSink, OutsideHead } from './outside-call.ts';

/** Text kept for another route to go on from; no model reads more of it. */
const keptChars = 4 * 1024 * 1024;

/** Ids of the task and its decision: known before the first route is called. */
export type OutsideIds = Pick<OutsideHead, 'taskId' | 'decisionId'>;

export class OutsideAnswer implements ShownAnswer {
  readonly #sink: AnswerSink;
  readonly #streams: boolean;
  #ids: OutsideIds | null = null;
  #route: CalledRoute | null = null;
  #attempts = 0;
  #hasBegun = false;
  #isFull = false;
  #text = '';
  #chars = 0;
  /** Of an answer that is wanted whole. */
  #held: AnswerPart[] = [];
  #passed = false;
  #lastEnd: AttemptEnd | null = null;
  #outcome: OutcomeRecord | null = null;

  constructor(sink: AnswerSink, streams: boolean) {
    this.#sink = sink;
    this.#streams = streams;
  }

  get text(): string | null {
    return this.#chars > keptChars ? null : this.#text;
  }

  get chars(): number {
    return this.#chars;
  }

  get isFinal(): boolean {
    return this.#streams && this.#chars > 0;
  }

  get isUnseen(): boolean {
    return !this.#hasBegun;
  }

  /** Part of the answer is with the tool. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** The end of the answer went out as the provider wrote it. */
  get passed(): boolean {
    return this.#passed;
  }

  /** null: nothing was called yet. */
  get head(): OutsideHead | null {
    if (this.#ids === null || this.#route === null) return null;
    return { ...this.#ids, routeId: this.#route.routeId, attempts: this.#attempts };
  }

  /** Of the route that was called last. */
  get provider(): ProviderKind | null {
    return this.#route?.provider ?? null;
  }

  get lastEnd(): AttemptEnd | null {
    return this.#lastEnd;
  }

  /** As it was stored: over all turns of the task. */
  get outcome(): OutcomeRecord | null {
    return this.#outcome;
  }

  /** To be called before the task runs. */
  decided(ids: OutsideIds): void {
    this.#ids = ids;
  }

  calling(route: CalledRoute, continuesText: boolean): void {
    this.#route = route;
    this.#attempts += 1;
    if (!this.#streams && !continuesText) this.forget();
  }

  show(part: AnswerPart): void {
    if (part.type === 'text') this.#keep(part.text);
    if (this.#streams) this.#write(part);
    else this.#held.push(part);
  }

  /** Bytes of a route that speaks the tool's own format. `text`: what they say. */
  pass(bytes: Buffer, events: readonly unknown[], text: string): void {
    this.#keep(text);
    this.#begin();
    if (!this.#sink.pass(bytes, events)) this.#isFull = true;
  }

  /** The last bytes that were passed hold the end of the answer. */
  endPassed(): void {
    this.#passed = true;
  }

  slowdown(): Promise<void> | null {
    if (!this.#isFull) return null;
    this.#isFull = false;
    return this.#sink.drained();
  }

  forget(): void {
    this.#text = '';
    this.#chars = 0;
    this.#held = [];
  }

  attemptEnded(end: AttemptEnd): void {
    this.#lastEnd = end;
  }

  taskEnded(outcome: OutcomeRecord): void {
    this.#outcome = outcome;
  }

  /** The answer stands: what was kept of it goes out. */
  complete(): void {
    const held = this.#held;
    this.#held = [];
    for (const part of held) this.#write(part);
  }

  #write(part: AnswerPart): void {
    this.#begin();
    if (!this.#sink.part(part)) this.#isFull = true;
  }

  #begin(): void {
    if (this.#hasBegun) return;
    const { head } = this;
    if (head === null) return;
    this.#hasBegun = true;
    this.#sink.begin(head);
  }

  #keep(text: string): void {
    this.#chars += text.length;
    if (this.#chars <= keptChars) this.#text += text;
  }
}
