/** Writes a chat completion in one piece. Nothing goes out before its end. */
import type { AnswerPart } from '../../../providers/model-call.ts';
import type { AnswerWriter } from '../../endpoint-format.ts';
import type { AnsweredEnd } from '../event-stream.ts';
import { jsonType } from '../event-stream.ts';
import { errorBody } from './errors.ts';
import { signatureField } from './signature.ts';
import { finishReasonOf, usageOf } from './usage.ts';

export class BodyWriter implements AnswerWriter {
  readonly contentType = jsonType;
  readonly fail = errorBody;
  #head = { id: '', created: 0, model: '' };
  #text = '';
  #thinking = '';
  readonly #calls: { id: string; name: string; json: string; signature: object }[] = [];

  begin(id: string, routeId: string): string {
    this.#head = { id: `chatcmpl-${id}`, created: Math.floor(Date.now() / 1000), model: routeId };
    return '';
  }

  part(part: AnswerPart): string {
    switch (part.type) {
      case 'text':
        this.#text += part.text;
        break;
      case 'thinking':
        this.#thinking += part.text;
        break;
      case 'toolStart':
        this.#calls.push({
          id: part.id,
          name: part.name,
          json: '',
          signature: signatureField(part.metadata),
        });
        break;
      case 'toolDelta': {
        const last = this.#calls.at(-1);
        if (last?.id === part.id) last.json += part.json;
        break;
      }
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
    const { id, created, model } = this.#head;
    const calls = this.#calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: call.json === '' ? '{}' : call.json },
      ...call.signature,
    }));
    const message = {
      role: 'assistant',
      content: this.#text === '' && calls.length > 0 ? null : this.#text,
      refusal: null,
      ...(this.#thinking !== '' && { reasoning_content: this.#thinking }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    const choice = {
      index: 0,
      message,
      logprobs: null,
      finish_reason: finishReasonOf(finishReason, calls.length > 0),
    };
    const known = usageOf(usage);
    return JSON.stringify({
      ...{ id, object: 'chat.completion', created, model, choices: [choice] },
      ...(known !== null && { usage: known }),
    });
  }
}
