/**
 * Writes a streamed chat completion. It may begin in the middle of a stream whose first part was passed on from a
 * provider: then it goes on with that stream's id, model and numbering, so that the client sees one answer.
 */
import type { AnswerPart } from '../../../providers/model-call.ts';
import type { AnswerWriter, EndpointProblem } from '../../endpoint-format.ts';
import type { AnsweredEnd } from '../event-stream.ts';
import { eventOf, eventStreamType, recordOf } from '../event-stream.ts';
import { errorOf } from './errors.ts';
import { signatureField } from './signature.ts';
import { finishReasonOf, usageOf } from './usage.ts';

interface Head {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export class StreamWriter implements AnswerWriter {
  readonly contentType = eventStreamType;
  readonly #showsUsage: boolean;
  #head: Head = { id: '', created: 0, model: '' };
  #hasRole = false;
  #isFinished = false;
  #hasUsage = false;
  /** Tool calls so far: the next one's index. */
  #toolCount = 0;
  /** The call that is being written: calls follow one another. */
  #open: { readonly id: string; readonly index: number; isEmpty: boolean } | null = null;

  /** @param showsUsage whether the client asked for usage at the end */
  constructor(showsUsage: boolean) {
    this.#showsUsage = showsUsage;
  }

  begin(id: string, routeId: string): string {
    this.#head = { id: `chatcmpl-${id}`, created: nowSeconds(), model: routeId };
    return this.#role();
  }

  part(part: AnswerPart): string {
    const start = this.#role();
    switch (part.type) {
      case 'text':
        return part.text === '' ? start : start + this.#delta({ content: part.text });
      case 'thinking':
        return part.text === '' ? start : start + this.#delta({ reasoning_content: part.text });
      case 'toolStart': {
        const index = this.#toolCount;
        this.#toolCount += 1;
        this.#open = { id: part.id, index, isEmpty: true };
        const called = { name: part.name, arguments: '' };
        const call = {
          index,
          id: part.id,
          type: 'function',
          function: called,
          ...signatureField(part.metadata),
        };
        return start + this.#delta({ tool_calls: [call] });
      }
      case 'toolDelta':
        return start + this.#arguments(part.id, part.json);
      case 'toolEnd': {
        // No arguments are an empty object: clients parse what they got.
        const rest = this.#open?.isEmpty === true ? this.#arguments(part.id, '{}') : '';
        this.#open = null;
        return start + rest;
      }
    }
  }

  observe(events: readonly unknown[]): void {
    for (const event of events) {
      const chunk = recordOf(event);
      if (chunk !== null) this.#observeChunk(chunk);
    }
  }

  ping(): string {
    return ': ping\n\n';
  }

  end({ finishReason, usage }: AnsweredEnd): string {
    const start = this.#isFinished ? '' : this.#role();
    const finish = this.#isFinished
      ? ''
      : this.#chunk([choice({}, finishReasonOf(finishReason, this.#toolCount > 0))]);
    const known = this.#showsUsage && !this.#hasUsage ? usageOf(usage) : null;
    const last = known === null ? '' : eventOf({ ...this.#envelope(), choices: [], usage: known });
    return `${start}${finish}${last}data: [DONE]\n\n`;
  }

  /** An error and no end marker: what came so far is not a whole answer. */
  fail(problem: EndpointProblem): string {
    return eventOf({ error: errorOf(problem) });
  }

  #arguments(id: string, json: string): string {
    if (this.#open?.id !== id || json === '') return '';
    this.#open.isEmpty = false;
    return this.#delta({ tool_calls: [{ index: this.#open.index, function: { arguments: json } }] });
  }

  #role(): string {
    if (this.#hasRole) return '';
    this.#hasRole = true;
    return this.#delta({ role: 'assistant', content: '' });
  }

  #delta(delta: object): string {
    return this.#chunk([choice(delta, null)]);
  }

  #chunk(choices: readonly object[]): string {
    return eventOf({ ...this.#envelope(), choices, ...(this.#showsUsage && { usage: null }) });
  }

  #envelope(): object {
    const { id, created, model } = this.#head;
    return { id, object: 'chat.completion.chunk', created, model };
  }

  #observeChunk(chunk: Readonly<Record<string, unknown>>): void {
    if (this.#head.id === '') this.#head = headOf(chunk) ?? this.#head;
    if (recordOf(chunk['usage']) !== null) this.#hasUsage = true;
    const choices = chunk['choices'];
    const first = recordOf(Array.isArray(choices) ? choices[0] : null);
    if (first === null) return;
    // Whatever came first: a role now would begin a second message.
    this.#hasRole = true;
    if (typeof first['finish_reason'] === 'string') this.#isFinished = true;
    const calls = recordOf(first['delta'])?.['tool_calls'];
    if (Array.isArray(calls)) for (const call of calls) this.#observeCall(recordOf(call));
  }

  #observeCall(call: Readonly<Record<string, unknown>> | null): void {
    const index = call?.['index'];
    if (typeof index === 'number' && Number.isSafeInteger(index) && index >= this.#toolCount) {
      this.#toolCount = index + 1;
    }
  }
}

function choice(delta: object, finishReason: string | null): object {
  return { index: 0, delta, finish_reason: finishReason, logprobs: null };
}

/** What all chunks of one answer have in common; null: this one does not say. */
function headOf({ id, created, model }: Readonly<Record<string, unknown>>): Head | null {
  if (typeof id !== 'string' || id === '') return null;
  return {
    id,
    created: typeof created === 'number' ? created : nowSeconds(),
    model: typeof model === 'string' ? model : '',
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
