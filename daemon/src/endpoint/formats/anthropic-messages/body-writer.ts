/** Writes a message in one piece. Nothing goes out before its end. */
import type { AnswerPart } from '../../../providers/model-call.ts';
import type { AnswerWriter } from '../../endpoint-format.ts';
import type { AnsweredEnd } from '../event-stream.ts';
import { jsonType } from '../event-stream.ts';
import { inputOf } from '../tool-input.ts';
import type { Block } from './blocks.ts';
import { redactedData, toolUseId } from './blocks.ts';
import { errorBody } from './errors.ts';
import type { Metadata } from './seal.ts';
import { isSignedBy, signatureFor } from './seal.ts';
import { stopReasonOf, usageOf } from './usage.ts';

type Growing =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string; metadata: Metadata | undefined; isSigned: boolean }
  | { type: 'redacted'; data: string }
  | { type: 'tool'; id: string; name: string; json: string };

export class BodyWriter implements AnswerWriter {
  readonly contentType = jsonType;
  readonly fail = errorBody;
  readonly #showsThinking: boolean;
  readonly #blocks: Growing[] = [];
  #message = { id: '', model: '' };

  constructor(showsThinking: boolean) {
    this.#showsThinking = showsThinking;
  }

  begin(id: string, routeId: string): string {
    this.#message = { id: `msg_${id}`, model: routeId };
    return '';
  }

  part(part: AnswerPart): string {
    const last = this.#blocks.at(-1);
    switch (part.type) {
      case 'text':
        if (last?.type === 'text') last.text += part.text;
        else if (part.text !== '') this.#blocks.push({ type: 'text', text: part.text });
        break;
      case 'thinking':
        if (this.#showsThinking) this.#think(part, last);
        break;
      case 'toolStart':
        this.#blocks.push({ type: 'tool', id: part.id, name: part.name, json: '' });
        break;
      case 'toolDelta':
        if (last?.type === 'tool' && last.id === part.id) last.json += part.json;
        break;
      case 'toolEnd':
        break;
    }
    return '';
  }

  observe(): void {
    // A whole body is passed on whole; no parts follow it.
  }

  ping(): string {
    return '';
  }

  end({ finishReason, usage }: AnsweredEnd): string {
    const { id, model } = this.#message;
    const calledTools = this.#blocks.some(({ type }) => type === 'tool');
    return JSON.stringify({
      ...{ id, type: 'message', role: 'assistant', model, content: this.#blocks.map(blockOf) },
      ...{ stop_reason: stopReasonOf(finishReason, calledTools), stop_sequence: null },
      usage: usageOf(usage),
    });
  }

  #think(part: Extract<AnswerPart, { type: 'thinking' }>, last: Growing | undefined): void {
    const redacted = redactedData(part);
    if (redacted !== null) {
      this.#blocks.push({ type: 'redacted', data: redacted });
      return;
    }
    const isOpen = last?.type === 'thinking' && !last.isSigned;
    if (!isOpen && part.text === '' && part.metadata === undefined) return;
    const block = isOpen
      ? last
      : { type: 'thinking' as const, text: '', metadata: undefined, isSigned: false };
    if (!isOpen) this.#blocks.push(block);
    block.text += part.text;
    block.metadata = part.metadata ?? block.metadata;
    block.isSigned = isSignedBy(part.metadata);
  }
}

function blockOf(block: Growing): Block {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'thinking':
      return { type: 'thinking', thinking: block.text, signature: signatureFor(block.metadata) };
    case 'redacted':
      return { type: 'redacted_thinking', data: block.data };
    case 'tool':
      return { type: 'tool_use', id: toolUseId(block.id), name: block.name, input: inputOf(block.json) };
  }
}
