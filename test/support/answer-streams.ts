/**
 * Generated answers for the endpoint's writers: what a provider streamed before it broke off, the parts that another
 * route wrote after it, and how it ended. And what the vendors' own libraries make of the result, fed to them in pieces
 * that end anywhere, in the middle of a character too.
 */
import Anthropic from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import OpenAI from 'openai';
import type { FinishReason } from '@task-router/protocol';
import type { OutsideCall, OutsideEnd } from '../../daemon/src/dispatch/outside/outside-call.ts';
import type { AnswerWriter } from '../../daemon/src/endpoint/endpoint-format.ts';
import { formats } from '../../daemon/src/endpoint/formats/index.ts';
import type { AnswerPart, WireFormat } from '../../daemon/src/providers/model-call.ts';

/** Text or thinking, in pieces. */
interface Said {
  readonly type: 'text' | 'thinking';
  readonly pieces: readonly string[];
}

interface Called {
  readonly type: 'tool';
  readonly id: string;
  readonly name: string;
  readonly input: object;
  /** Lengths of the pieces in which the input comes. */
  readonly cuts: readonly number[];
}

export interface Scenario {
  /** What the first provider said, and after how many of its events it broke off. */
  readonly passed: readonly Said[];
  readonly cut: number;
  readonly written: readonly (Said | Called)[];
  readonly finishReason: FinishReason;
  readonly fails: boolean;
  /** Lengths of the pieces that reach the client. */
  readonly chunks: readonly number[];
  /** Pings stand after every part with an index in this list. */
  readonly pings: readonly number[];
}

const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('\n\n', 'data: [DONE]\n\n', 'event: message_stop', '\u2028', '"}', '\\', '😀', ' '),
);
const said: fc.Arbitrary<Said> = fc.record({
  type: fc.constantFrom('text', 'thinking'),
  pieces: fc.array(piece, { minLength: 1, maxLength: 4 }),
});
const called: fc.Arbitrary<Called> = fc.record({
  type: fc.constant('tool'),
  id: fc.oneof(fc.stringMatching(/^call_[a-zA-Z0-9]{6}$/), fc.string({ minLength: 1, maxLength: 80 })),
  name: fc.stringMatching(/^[a-z_]{1,20}$/),
  input: fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.oneof(piece, fc.integer(), fc.boolean(), fc.array(piece)),
  ),
  cuts: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 10 }),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  passed: fc.array(said, { maxLength: 3 }),
  cut: fc.nat({ max: 12 }),
  written: fc
    .tuple(
      fc.array(said, { maxLength: 4 }),
      fc.uniqueArray(called, { maxLength: 3, selector: ({ id }) => id }),
    )
    .map(([texts, calls]) => [...texts, ...calls]),
  finishReason: fc.constantFrom<FinishReason>('stop', 'length', 'contentFilter', 'toolCalls', 'other'),
  fails: fc.boolean(),
  chunks: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
  pings: fc.array(fc.nat({ max: 8 }), { maxLength: 3 }),
});

export function partsOf(written: Scenario['written']): AnswerPart[] {
  return written.flatMap((each): AnswerPart[] => {
    if (each.type !== 'tool') return each.pieces.map((text) => ({ type: each.type, text }));
    const { id, name, input, cuts } = each;
    const pieces = cutUp(JSON.stringify(input), cuts).map((json) => ({
      type: 'toolDelta' as const,
      id,
      json,
    }));
    return [{ type: 'toolStart', id, name }, ...pieces, { type: 'toolEnd', id }];
  });
}

/** What a provider of the format streams for these; the finish events are left off. */
export function providerEvents(format: WireFormat, passed: readonly Said[]): object[] {
  return format === 'openai-chat' ? openaiEvents(passed) : anthropicEvents(passed);
}

export function writerFor(format: WireFormat, streams: boolean): AnswerWriter {
  const own = format === 'openai-chat' ? formats.openai : formats.anthropic;
  return own.createWriter({ streams, wishes: { usage: true, thinking: true } } as OutsideCall);
}

/** Everything the client receives. */
export function streamOf(format: WireFormat, { passed, cut, written, pings, ...end }: Scenario): string {
  const writer = writerFor(format, true);
  const events = providerEvents(format, passed).slice(0, cut);
  let text = events.map((event) => wireOf(format, event)).join('');
  for (const event of events) writer.observe([event]);
  // As the server does it: bytes that were passed have a beginning of their own.
  if (events.length === 0) text += writer.begin('task-1', 'local/small');
  partsOf(written).forEach((part, at) => {
    text += writer.part(part);
    if (pings.includes(at)) text += writer.ping();
  });
  return text + (end.fails ? writer.fail(failure) : writer.end(endOf(end.finishReason)));
}

export const failure = { status: 502, code: 'route.incomplete', message: 'It broke off.' };

export function endOf(finishReason: FinishReason): Extract<OutsideEnd, { type: 'answered' }> {
  const usage = { inputTokens: 7, outputTokens: 3, cachedInputTokens: null, reasoningTokens: null };
  return { type: 'answered', finishReason, usage, passed: false } as Extract<
    OutsideEnd,
    { type: 'answered' }
  >;
}

export interface ReadAnswer {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly finish: string | null;
  readonly outputTokens: number | null;
}

/** What the vendor's library reads; its error where it throws one. */
export async function readByLibrary(
  format: WireFormat,
  wire: string,
  chunks: readonly number[],
): Promise<ReadAnswer | Error> {
  const answer = (): Promise<Response> =>
    Promise.resolve(
      new Response(byteStream(wire, chunks), { headers: { 'content-type': 'text/event-stream' } }),
    );
  try {
    return format === 'openai-chat' ? await byOpenai(answer) : await byAnthropic(answer);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

async function byOpenai(fetch: () => Promise<Response>): Promise<ReadAnswer> {
  const client = new OpenAI({ apiKey: 'x', fetch, maxRetries: 0 });
  const ask = { model: 'auto', messages: [{ role: 'user' as const, content: 'x' }] };
  const stream = client.chat.completions.stream(ask);
  let thinking = '';
  stream.on('chunk', ({ choices }) => {
    const delta = choices[0]?.delta as { reasoning_content?: string } | undefined;
    thinking += delta?.reasoning_content ?? '';
  });
  const { choices, usage } = await stream.finalChatCompletion();
  const message = choices[0]?.message;
  return {
    text: message?.content ?? '',
    thinking,
    calls: (message?.tool_calls ?? []).map((call) =>
      call.type === 'function'
        ? { name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }
        : { name: '', input: null },
    ),
    finish: choices[0]?.finish_reason ?? null,
    outputTokens: usage?.completion_tokens ?? null,
  };
}

async function byAnthropic(fetch: () => Promise<Response>): Promise<ReadAnswer> {
  const client = new Anthropic({ apiKey: 'x', fetch, maxRetries: 0 });
  const ask = { model: 'auto', max_tokens: 1, messages: [{ role: 'user' as const, content: 'x' }] };
  const { content, stop_reason, usage } = await client.messages.stream(ask).finalMessage();
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    thinking: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [],
    ),
    finish: stop_reason,
    outputTokens: usage.output_tokens,
  };
}

function openaiEvents(passed: readonly Said[]): object[] {
  const chunk = (delta: object): object => ({
    ...{ id: 'chatcmpl-theirs', object: 'chat.completion.chunk', created: 1, model: 'theirs' },
    choices: [{ index: 0, delta, finish_reason: null }],
  });
  const deltas = passed.flatMap(({ type, pieces }) =>
    pieces.map((text) => (type === 'text' ? { content: text } : { reasoning_content: text })),
  );
  return [chunk({ role: 'assistant', content: '' }), ...deltas.map(chunk)];
}

function anthropicEvents(passed: readonly Said[]): object[] {
  const message = {
    ...{ id: 'msg_theirs', type: 'message', role: 'assistant', model: 'theirs', content: [] },
    ...{ stop_reason: null, stop_sequence: null, usage: { input_tokens: 7, output_tokens: 1 } },
  };
  const blocks = passed.flatMap(({ type, pieces }, index) => [
    {
      ...{ type: 'content_block_start', index },
      content_block: type === 'text' ? { type, text: '' } : { type, thinking: '', signature: '' },
    },
    ...pieces.map((text) => ({
      ...{ type: 'content_block_delta', index },
      delta: type === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text },
    })),
    { type: 'content_block_stop', index },
  ]);
  return [{ type: 'message_start', message }, ...blocks];
}

function wireOf(format: WireFormat, event: object): string {
  const line = `data: ${JSON.stringify(event)}\n\n`;
  return format === 'openai-chat' || !('type' in event) ? line : `event: ${String(event.type)}\n${line}`;
}

function byteStream(text: string, chunks: readonly number[]): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  let turn = 0;
  return new ReadableStream({
    pull(controller) {
      const length = chunks[turn % chunks.length] ?? 1;
      turn += 1;
      controller.enqueue(bytes.subarray(at, at + length));
      at += length;
      if (at >= bytes.length) controller.close();
    },
  });
}

function cutUp(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return [...pieces, text.slice(at)];
}
