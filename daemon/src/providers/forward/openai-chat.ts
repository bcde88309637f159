/** OpenAI's chat completions, as OpenAI and those who speak like it send them: chunks with deltas, or one message. */
import type { FinishReason } from '@task-router/protocol';
import { hasError } from '../chunk.ts';
import type { Usage } from '../provider.ts';
import { unknownUsage, usageOf } from '../usage.ts';
import type { AnswerReader, EventMeaning, Fields, TakenPieces } from './answer-reader.ts';
import { AnswerPieces, fieldsOf, listOf, textOf } from './answer-reader.ts';

export class OpenaiChatReader implements AnswerReader {
  readonly #pieces = new AnswerPieces();
  finishReason: FinishReason | null = null;
  /** As the server wrote it last; null: it did not. Read once, at the end: some servers repeat it with every token. */
  #usage: Fields | null = null;
  /** Of several choices those, beside the first, that are not at their end. */
  readonly #others = new Set<unknown>();

  get isFinished(): boolean {
    return this.finishReason !== null && this.#others.size === 0;
  }

  get usage(): Usage {
    return this.#usage === null ? unknownUsage : usageIn(this.#usage);
  }

  take(): TakenPieces {
    return this.#pieces.take();
  }

  event(event: unknown): EventMeaning {
    const chunk = fieldsOf(event);
    if (hasError(chunk)) return 'error';
    const usage = chunk['usage'];
    const hasUsage = typeof usage === 'object' && usage !== null;
    if (hasUsage) this.#usage = usage as Fields;
    const choices = listOf(chunk['choices']);
    if (choices.length === 0) return hasUsage ? 'usage' : 'frame';
    let hasContent = false;
    for (const choice of choices) hasContent = this.#choice(fieldsOf(choice), 'delta') || hasContent;
    return hasContent ? 'content' : 'frame';
  }

  whole(body: unknown): EventMeaning {
    const answer = fieldsOf(body);
    if (hasError(answer)) return 'error';
    this.#usage = fieldsOf(answer['usage']);
    let hasContent = false;
    for (const choice of listOf(answer['choices']))
      hasContent = this.#choice(fieldsOf(choice), 'message') || hasContent;
    return hasContent ? 'content' : 'frame';
  }

  /** Of several choices the first is the answer, as far as it is remembered; all of them pass. */
  #choice(choice: Fields, name: 'delta' | 'message'): boolean {
    const part = fieldsOf(choice[name]);
    const isFirst = choice['index'] === undefined || choice['index'] === 0;
    const { finish_reason: reason } = choice;
    const hasEnded = typeof reason === 'string' && reason !== '';
    if (isFirst) this.finishReason = hasEnded ? finishReasonOf(reason) : this.finishReason;
    else if (hasEnded) this.#others.delete(choice['index']);
    else this.#others.add(choice['index']);
    const text = textOf(part['content']) || textOf(part['refusal']);
    const hasText = isFirst ? this.#pieces.addText(text) : text !== '';
    const thinking = textOf(part['reasoning_content']) || textOf(part['reasoning']);
    this.#pieces.addThinking(thinking);
    const hasCall = this.#calls(part);
    return hasText || thinking !== '' || hasCall;
  }

  #calls(part: Fields): boolean {
    const calls = listOf(part['tool_calls']);
    for (const call of calls)
      this.#pieces.addToolCall(textOf(fieldsOf(fieldsOf(call)['function'])['arguments']));
    // As it was before there could be several of them.
    const old = part['function_call'];
    if (typeof old !== 'object' || old === null) return calls.length > 0;
    this.#pieces.addToolCall(textOf(fieldsOf(old)['arguments']));
    return true;
  }
}

function usageIn(usage: Fields): Usage {
  return usageOf({
    input: usage['prompt_tokens'],
    output: usage['completion_tokens'],
    cachedInput: fieldsOf(usage['prompt_tokens_details'])['cached_tokens'],
    reasoning: fieldsOf(usage['completion_tokens_details'])['reasoning_tokens'],
    raw: usage,
  });
}

function finishReasonOf(reason: string): FinishReason {
  switch (reason) {
    case 'stop':
    case 'length':
      return reason;
    case 'tool_calls':
    case 'function_call':
      return 'toolCalls';
    case 'content_filter':
      return 'contentFilter';
    default:
      return 'other';
  }
}
