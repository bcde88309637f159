/** Anthropic's messages: named events around blocks of content, or one message. */
import type { FinishReason } from '@task-router/protocol';
import type { Usage } from '../provider.ts';
import { usageOf } from '../usage.ts';
import type { AnswerReader, EventMeaning, Fields, TakenPieces } from './answer-reader.ts';
import { AnswerPieces, fieldsOf, listOf, textOf } from './answer-reader.ts';

const countNames = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
] as const;
type CountName = (typeof countNames)[number];

export class AnthropicMessagesReader implements AnswerReader {
  readonly #pieces = new AnswerPieces();
  finishReason: FinishReason | null = null;
  /** The counts of the beginning with those of the end over them: the end repeats some and not all. */
  readonly #counts: Partial<Record<CountName, number>> = {};
  /** As the server wrote it last, for the cost that gateways add: they know it at the end. */
  #usage: Fields | undefined;

  take(): TakenPieces {
    return this.#pieces.take();
  }

  get isFinished(): boolean {
    return this.finishReason !== null;
  }

  get usage(): Usage {
    const {
      input_tokens: input,
      output_tokens: output,
      cache_read_input_tokens: cachedInput,
      cache_creation_input_tokens: created,
    } = this.#counts;
    return usageOf({
      // What came out of the cache or went into it is counted apart.
      input: input === undefined ? undefined : input + numberOf(cachedInput) + numberOf(created),
      output,
      cachedInput,
      raw: this.#usage,
    });
  }

  event(event: unknown): EventMeaning {
    const fields = fieldsOf(event);
    switch (fields['type']) {
      case 'content_block_delta':
        return this.#delta(fieldsOf(fields['delta']));
      case 'content_block_start':
        return this.#block(fieldsOf(fields['content_block']));
      case 'message_start':
        this.#count(fieldsOf(fields['message'])['usage']);
        return 'frame';
      case 'message_delta':
        this.#stopped(fieldsOf(fields['delta']));
        this.#count(fields['usage']);
        return 'frame';
      case 'message_stop':
        return 'end';
      case 'error':
        return 'error';
      default:
        return 'frame';
    }
  }

  whole(body: unknown): EventMeaning {
    const message = fieldsOf(body);
    if (message['type'] === 'error') return 'error';
    this.#count(message['usage']);
    this.#stopped(message);
    let hasContent = false;
    for (const block of listOf(message['content']))
      hasContent = this.#block(fieldsOf(block)) === 'content' || hasContent;
    return hasContent ? 'content' : 'frame';
  }

  #delta(delta: Fields): EventMeaning {
    switch (delta['type']) {
      case 'text_delta':
        return this.#pieces.addText(textOf(delta['text'])) ? 'content' : 'frame';
      case 'thinking_delta':
        this.#pieces.addThinking(textOf(delta['thinking']));
        return 'content';
      case 'input_json_delta':
        this.#pieces.addToolCall(textOf(delta['partial_json']));
        return 'content';
      default:
        return 'frame';
    }
  }

  /** A block of text or thinking begins empty in a stream; a tool call has a name from the start. */
  #block(block: Fields): EventMeaning {
    switch (block['type']) {
      case 'text':
        return this.#pieces.addText(textOf(block['text'])) ? 'content' : 'frame';
      case 'thinking':
        return textOf(block['thinking']) === '' ? 'frame' : 'content';
      case 'tool_use':
        this.#pieces.addToolCall('');
        return 'content';
      default:
        return 'content';
    }
  }

  #stopped(fields: Fields): void {
    const reason = textOf(fields['stop_reason']);
    if (reason !== '') this.finishReason = finishReasonOf(reason);
  }

  #count(usage: unknown): void {
    if (usage === undefined || usage === null) return;
    const counts = fieldsOf(usage);
    this.#usage = counts;
    for (const name of countNames) {
      const count = counts[name];
      if (typeof count === 'number') this.#counts[name] = count;
    }
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

function finishReasonOf(reason: string): FinishReason {
  switch (reason) {
    case 'end_turn':
    case 'stop_sequence':
    case 'pause_turn':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'toolCalls';
    case 'refusal':
      return 'contentFilter';
    default:
      return 'other';
  }
}
