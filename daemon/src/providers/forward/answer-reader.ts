/**
 * What a format's events amount to. Read by hand and not by a schema: this runs for every token of every passed answer,
 * and only what is known is looked at, so that what a vendor adds tomorrow passes as well.
 */
import type { FinishReason } from '@task-router/protocol';
import type { Usage } from '../provider.ts';

/** What an event is to the answer that it is part of. */
export type EventMeaning =
  /** Frame, ping, signature: nothing that a reader would miss. */
  | 'frame'
  | 'content'
  /** Counts alone, which not every client asks for. */
  | 'usage'
  | 'error'
  /** Nothing comes after it. */
  | 'end';

/** Reads one answer. */
export interface AnswerReader {
  /** Text since the last `takeText`. */
  takeText(): string;
  /** Whether a tool call began or went on since the last look. */
  takeToolCall(): boolean;
  /** One event of a stream. */
  event(event: unknown): EventMeaning;
  /** The body of an answer that does not stream. */
  whole(body: unknown): EventMeaning;
  /** null until the model said why it stopped. */
  readonly finishReason: FinishReason | null;
  readonly usage: Usage;
}

/** A JSON object, or one without fields. */
export type Fields = Readonly<Record<string, unknown>>;

const noFields: Fields = {};

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : noFields;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Text and tool calls of an answer, as they come. */
export class AnswerPieces {
  #text = '';
  #hasToolCall = false;

  /** Returns whether there is more in it than blanks. */
  addText(text: string): boolean {
    this.#text += text;
    return text !== '' && text.trim() !== '';
  }

  addToolCall(): void {
    this.#hasToolCall = true;
  }

  takeText(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  takeToolCall(): boolean {
    const had = this.#hasToolCall;
    this.#hasToolCall = false;
    return had;
  }
}
