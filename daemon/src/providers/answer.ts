/**
 * What a stream amounted to, the same for every wire: bounds its text, and decides at its end whether it was an answer.
 * A refusal without text is an error of its kind, silence is `empty`, and an end without the end marker is `truncated`.
 */
import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { FinishReason } from '@task-router/protocol';
import type { FailureSource } from './errors/errors.ts';
import { failureOf } from './errors/errors.ts';
import type { AnswerPart } from './model-call.ts';
import type { GenerateEvent, Usage } from './provider.ts';

/** Text, thinking and tool calls of one answer, in characters. The longest models write about 2 MB. */
const answerChars = 16 * 1024 * 1024;

export class Answer {
  readonly #source: FailureSource;
  #chars = 0;
  #saidSomething = false;
  #calledTool = false;
  readonly #emptyEnds: readonly FinishReason[];

  /** `emptyEnds`: see `GenerateRequest`. */
  constructor(source: FailureSource, emptyEnds: readonly FinishReason[] = []) {
    this.#source = source;
    this.#emptyEnds = emptyEnds;
  }

  /** The event for a piece of text; an empty piece is only a sign of life. Throws beyond the bound. */
  text(text: string): GenerateEvent {
    if (text === '') return { type: 'progress' };
    this.#count(text.length);
    this.#saidSomething ||= text.trim() !== '';
    return { type: 'text', text };
  }

  /** The event for a piece of thinking; signatures come without text. Throws beyond the bound. */
  thinking(text: string, metadata?: SharedV4ProviderMetadata): GenerateEvent {
    this.#count(text.length);
    return { type: 'thinking', text, ...(metadata !== undefined && { metadata }) };
  }

  /** The events for pieces of tool calls. Throws beyond the bound. */
  tools(parts: readonly AnswerPart[]): readonly AnswerPart[] {
    for (const part of parts) {
      if (part.type === 'toolStart') this.#calledTool = true;
      if (part.type === 'toolDelta') this.#count(part.json.length);
    }
    return parts;
  }

  /** The event for a complete answer. Throws when there was none. */
  finish(finishReason: FinishReason, usage: Usage): Extract<GenerateEvent, { type: 'finish' }> {
    if (this.#saidSomething || this.#calledTool || this.#emptyEnds.includes(finishReason))
      return { type: 'finish', finishReason, usage };
    if (finishReason === 'contentFilter') {
      throw failureOf(this.#source, 'contentPolicy', 'refused to answer for policy reasons.');
    }
    const spent = finishReason === 'length' ? ' although it used up all tokens it may write' : '';
    throw failureOf(this.#source, 'empty', `ended its answer without any text${spent}.`);
  }

  /** The error for a stream that ended without its end marker. `bytes`: what arrived at all. */
  brokeOff(bytes: number): Error {
    return this.#chars === 0 && bytes === 0
      ? failureOf(this.#source, 'empty', 'accepted the task and sent nothing.')
      : failureOf(this.#source, 'truncated', 'ended its answer in the middle.');
  }

  #count(chars: number): void {
    this.#chars += chars;
    if (this.#chars > answerChars)
      throw failureOf(this.#source, 'server', 'wrote an answer without end; it was cut off.');
  }
}
