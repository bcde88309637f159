/**
 * What a format's events amount to. Read by hand and not by a schema: this runs for every token of every passed answer,
 * and only what is known is looked at, so that what a vendor adds tomorrow passes as well.
 */
import type { FinishReason } from '@task-router/protocol';
import type { PassedPiece, Usage } from '../provider.ts';

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

export type TakenPieces = Pick<PassedPiece, 'text' | 'chars' | 'hasToolCall'>;

/** Reads one answer. */
export interface AnswerReader {
  /** What came since it was taken last. */
  take(): TakenPieces;
  /** One event of a stream. */
  event(event: unknown): EventMeaning;
  /** The body of an answer that does not stream. */
  whole(body: unknown): EventMeaning;
  /** null until the model said why it stopped. */
  readonly finishReason: FinishReason | null;
  /** Whether the model said of everything it began why it stopped: then there is no more to come. */
  readonly isFinished: boolean;
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

/** What an answer says, as it comes. */
export class AnswerPieces {
  #text = '';
  #chars = 0;
  #hasToolCall = false;

  /** Returns whether there is more in it than blanks. */
  addText(text: string): boolean {
    this.#text += text;
    this.#chars += text.length;
    return text !== '' && text.trim() !== '';
  }

  addThinking(text: string): void {
    this.#chars += text.length;
  }

  /** `json`: arguments, or a piece of them. */
  addToolCall(json: string): void {
    this.#hasToolCall = true;
    this.#chars += json.length;
  }

  take(): TakenPieces {
    const taken = { text: this.#text, chars: this.#chars, hasToolCall: this.#hasToolCall };
    this.#text = '';
    this.#chars = 0;
    this.#hasToolCall = false;
    return taken;
  }
}
