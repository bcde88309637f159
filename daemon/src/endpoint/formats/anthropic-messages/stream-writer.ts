/**
 * Writes a streamed message. It may begin in the middle of a stream whose first part was passed on from a provider: then
 * it goes on with the block that is open there, or closes it and opens the next, so that the client sees one message.
 */
import type { AnswerPart } from '../../../providers/model-call.ts';
import type { AnswerWriter, EndpointProblem } from '../../endpoint-format.ts';
import type { AnsweredEnd } from '../event-stream.ts';
import { eventOf, eventStreamType, recordOf } from '../event-stream.ts';
import type { Block } from './blocks.ts';
import { redactedData, toolUseId } from './blocks.ts';
import { errorOf } from './errors.ts';
import type { Metadata } from './seal.ts';
import { isSignedBy, signatureFor } from './seal.ts';
import { stopReasonOf, usageOf } from './usage.ts';

interface OpenBlock {
  readonly index: number;
  readonly type: string;
  /** Of a tool call: the route's own id. */
  readonly id: string | null;
  /** Of thinking that is not signed yet. */
  metadata: Metadata | undefined;
  isSigned: boolean;
}

export class StreamWriter implements AnswerWriter {
  readonly contentType = eventStreamType;
  readonly #showsThinking: boolean;
  #message = { id: '', model: '' };
  #isStarted = false;
  #isStopped = false;
  #calledTools = false;
  #nextIndex = 0;
  #open: OpenBlock | null = null;

  constructor(showsThinking: boolean) {
    this.#showsThinking = showsThinking;
  }

  begin(id: string, routeId: string): string {
    this.#message = { id: `msg_${id}`, model: routeId };
    return this.#start();
  }

  part(part: AnswerPart): string {
    const start = this.#start();
    switch (part.type) {
      case 'text':
        return part.text === '' ? start : start + this.#text(part.text);
      case 'thinking':
        return this.#showsThinking ? start + this.#thinking(part) : start;
      case 'toolStart':
        this.#calledTools = true;
        return start + this.#openBlock(toolBlock(part), part.id);
      case 'toolDelta':
        return start + this.#json(part.id, part.json);
      case 'toolEnd':
        return start + (this.#open?.id === part.id ? this.#close() : '');
    }
  }

  observe(events: readonly unknown[]): void {
    for (const each of events) {
      const event = recordOf(each);
      if (event !== null) this.#observeEvent(event);
    }
  }

  ping(): string {
    return eventOf({ type: 'ping' }, 'ping');
  }

  end({ finishReason, usage }: AnsweredEnd): string {
    const rest = this.#start() + this.#close();
    const delta = { stop_reason: stopReasonOf(finishReason, this.#calledTools), stop_sequence: null };
    const last = this.#isStopped ? '' : named({ type: 'message_delta', delta, usage: usageOf(usage) });
    return `${rest}${last}${named({ type: 'message_stop' })}`;
  }

  /** An error and no end marker: what came so far is not a whole answer. */
  fail(problem: EndpointProblem): string {
    return named(errorOf(problem));
  }

  #start(): string {
    if (this.#isStarted) return '';
    this.#isStarted = true;
    const { id, model } = this.#message;
    return named({
      type: 'message_start',
      message: {
        ...{
          id,
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
        },
        // Known at the end only, where the whole usage follows.
        usage: { input_tokens: 0, output_tokens: 0 },
      },
    });
  }

  #text(text: string): string {
    const open = this.#open?.type === 'text' ? '' : this.#openBlock({ type: 'text', text: '' });
    return open + this.#delta({ type: 'text_delta', text });
  }

  #thinking(part: Extract<AnswerPart, { type: 'thinking' }>): string {
    const redacted = redactedData(part);
    if (redacted !== null)
      return this.#openBlock({ type: 'redacted_thinking', data: redacted }) + this.#close();
    const { text, metadata } = part;
    const isOpen = this.#open?.type === 'thinking' && !this.#open.isSigned;
    if (!isOpen && text === '' && metadata === undefined) return '';
    const open = isOpen ? '' : this.#openBlock({ type: 'thinking', thinking: '', signature: '' });
    const delta = text === '' ? '' : this.#delta({ type: 'thinking_delta', thinking: text });
    if (this.#open !== null) this.#open.metadata = metadata ?? this.#open.metadata;
    // Anthropic signs a block when it is whole; what comes after is another one.
    return open + delta + (isSignedBy(metadata) ? this.#close() : '');
  }

  #json(id: string, json: string): string {
    if (this.#open?.id !== id || json === '') return '';
    return this.#delta({ type: 'input_json_delta', partial_json: json });
  }

  #openBlock(block: Block, id: string | null = null): string {
    const closed = this.#close();
    const index = this.#nextIndex;
    this.#nextIndex += 1;
    this.#open = { index, type: block.type, id, metadata: undefined, isSigned: false };
    return closed + named({ type: 'content_block_start', index, content_block: block });
  }

  #close(): string {
    const open = this.#open;
    if (open === null) return '';
    const signature = open.type === 'thinking' && !open.isSigned ? signatureFor(open.metadata) : '';
    const signed = signature === '' ? '' : this.#delta({ type: 'signature_delta', signature });
    this.#open = null;
    return signed + named({ type: 'content_block_stop', index: open.index });
  }

  #delta(delta: object): string {
    return named({ type: 'content_block_delta', index: this.#open?.index ?? 0, delta });
  }

  #observeEvent(event: Readonly<Record<string, unknown>>): void {
    switch (event['type']) {
      case 'message_start':
        this.#isStarted = true;
        break;
      case 'content_block_start': {
        const index = event['index'];
        const type = recordOf(event['content_block'])?.['type'];
        if (typeof index !== 'number' || !Number.isSafeInteger(index) || typeof type !== 'string') break;
        this.#isStarted = true;
        this.#open = { index, type, id: null, metadata: undefined, isSigned: false };
        this.#nextIndex = Math.max(this.#nextIndex, index + 1);
        this.#calledTools ||= type === 'tool_use';
        break;
      }
      case 'content_block_delta':
        if (this.#open !== null && recordOf(event['delta'])?.['type'] === 'signature_delta') {
          this.#open.isSigned = true;
        }
        break;
      case 'content_block_stop':
        this.#open = null;
        break;
      case 'message_delta':
        this.#isStopped = true;
        break;
      default:
    }
  }
}

/** Events of this format carry their type twice. */
function named(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return eventOf(data, data.type);
}

function toolBlock({ id, name }: Extract<AnswerPart, { type: 'toolStart' }>): Block {
  return { type: 'tool_use', id: toolUseId(id), name, input: {} };
}
