/** What holds for every generated answer, in both formats; the fast tier tries hundreds, the slow one ten thousand. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { AnswerPart, WireFormat } from '../../daemon/src/providers/model-call.ts';
import type { Scenario } from './answer-streams.ts';
import {
  endOf,
  failure,
  partsOf,
  providerEvents,
  readByLibrary,
  scenario,
  streamOf,
  writerFor,
} from './answer-streams.ts';

/** The library reads the whole answer, or the error that it ended with; never half an answer as a whole one. */
export async function readsWell(format: WireFormat, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scenario, async (each) => {
      const read = await readByLibrary(format, streamOf(format, each), each.chunks);
      if (each.fails) {
        expect(read).toBeInstanceOf(Error);
        expect(read instanceof Error ? read.message : '').toContain(failure.message);
      } else {
        expect(read).toEqual(expectedOf(format, each));
      }
    }),
    { numRuns: runs },
  );
}

/** Whatever comes in whatever order, each event that is written is well formed, and nothing throws. */
export function survivesAnything(format: WireFormat, runs: number): void {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, fails) => {
      const writer = writerFor(format, true);
      let text = '';
      for (const each of steps) {
        if (each.type === 'observe') writer.observe(each.events);
        else if (each.type === 'begin') text += writer.begin('task-1', 'local/small');
        else text += writer.part(each.part);
      }
      text += fails ? writer.fail(failure) : writer.end(endOf('stop'));
      for (const event of text.split('\n\n').slice(0, -1)) checkEvent(format, event);
      const last = text.trimEnd().split('\n').at(-1);
      const marker = format === 'openai-chat' ? 'data: [DONE]' : 'data: {"type":"message_stop"}';
      expect(last === marker).toBe(!fails);
    }),
    { numRuns: runs },
  );
}

/** In one piece an answer says what it says as a stream. */
export async function saysTheSameInOnePiece(format: WireFormat, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scenario, async (each) => {
      const whole = { ...each, passed: [], cut: 0, fails: false };
      const streamed = await readByLibrary(format, streamOf(format, whole), each.chunks);
      const writer = writerFor(format, false);
      let text = writer.begin('task-1', 'local/small');
      for (const part of partsOf(each.written)) text += writer.part(part);
      expect(text).toBe('');
      const body = JSON.parse(writer.end(endOf(each.finishReason))) as Body;
      expect(bodyOf(body)).toEqual(streamed);
    }),
    { numRuns: runs },
  );
}

type Step =
  | { readonly type: 'observe'; readonly events: readonly unknown[] }
  | { readonly type: 'begin' }
  | { readonly type: 'part'; readonly part: AnswerPart };

const id = fc.constantFrom('a', 'b', '');
const part: fc.Arbitrary<AnswerPart> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: fc.string() }),
  fc.record({ type: fc.constant('thinking' as const), text: fc.string() }),
  fc.constant<AnswerPart>({ type: 'thinking', text: '', metadata: { anthropic: { signature: 's' } } }),
  fc.constant<AnswerPart>({ type: 'thinking', text: '', metadata: { anthropic: { redactedData: 'r' } } }),
  fc.record({ type: fc.constant('toolStart' as const), id, name: fc.string() }),
  fc.record({ type: fc.constant('toolDelta' as const), id, json: fc.string() }),
  fc.record({ type: fc.constant('toolEnd' as const), id }),
);
/** Events as a broken provider may send them: right, right with wrong insides, or anything. */
const event = fc.oneof(
  fc.jsonValue(),
  fc.constant('[DONE]'),
  fc.record({
    type: fc.constantFrom(
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'ping',
    ),
    index: fc.oneof(fc.nat({ max: 5 }), fc.jsonValue()),
    content_block: fc.oneof(fc.constant({ type: 'text', text: '' }), fc.jsonValue()),
    delta: fc.oneof(fc.constant({ type: 'text_delta', text: 'x' }), fc.jsonValue()),
  }),
  fc.record({
    id: fc.oneof(fc.string(), fc.jsonValue()),
    choices: fc.oneof(
      fc.jsonValue(),
      fc.array(
        fc.record({
          delta: fc.oneof(
            fc.jsonValue(),
            fc.record({
              tool_calls: fc.oneof(fc.jsonValue(), fc.array(fc.record({ index: fc.jsonValue() }))),
            }),
          ),
          finish_reason: fc.oneof(fc.constant(null), fc.jsonValue()),
        }),
      ),
    ),
  }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: part.map((each): Step => ({ type: 'part', part: each })) },
  {
    weight: 2,
    arbitrary: fc.array(event, { maxLength: 4 }).map((events): Step => ({ type: 'observe', events })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ type: 'begin' }) },
);

function checkEvent(format: WireFormat, text: string): void {
  const lines = text.split('\n');
  const data = lines.at(-1) ?? '';
  expect(data).toMatch(/^data: /);
  if (data === 'data: [DONE]') return;
  const value = JSON.parse(data.slice('data: '.length)) as { type?: string };
  if (format === 'anthropic-messages') expect(lines).toEqual([`event: ${String(value.type)}`, data]);
  else expect(lines).toHaveLength(1);
}

function expectedOf(format: WireFormat, { passed, cut, written, finishReason }: Scenario): object {
  const events = providerEvents(format, passed).slice(0, cut);
  const calls = written.flatMap((each) =>
    each.type === 'tool' ? [{ name: each.name, input: each.input }] : [],
  );
  const wrote = (type: 'text' | 'thinking'): string =>
    saidIn(events, type) + written.map((each) => (each.type === type ? each.pieces.join('') : '')).join('');
  return {
    text: wrote('text'),
    thinking: wrote('thinking'),
    calls,
    finish: finishFor(format, finishReason, calls.length > 0),
    outputTokens: 3,
  };
}

function saidIn(events: readonly object[], type: 'text' | 'thinking'): string {
  const keys = type === 'text' ? ['content', 'text'] : ['reasoning_content', 'thinking'];
  return events
    .map((each) => {
      const { choices, delta } = each as { choices?: { delta: object }[]; delta?: object };
      const said = (choices?.[0]?.delta ?? delta ?? {}) as Record<string, string>;
      return keys.map((key) => said[key] ?? '').join('');
    })
    .join('');
}

function finishFor(format: WireFormat, reason: string, called: boolean): string {
  const isOpenai = format === 'openai-chat';
  if (reason === 'length') return isOpenai ? 'length' : 'max_tokens';
  if (reason === 'contentFilter') return isOpenai ? 'content_filter' : 'refusal';
  if (reason === 'toolCalls' || called) return isOpenai ? 'tool_calls' : 'tool_use';
  return isOpenai ? 'stop' : 'end_turn';
}

interface Body {
  readonly choices?: readonly {
    readonly message: {
      readonly content: string | null;
      readonly reasoning_content?: string;
      readonly tool_calls?: readonly {
        readonly function: { readonly name: string; readonly arguments: string };
      }[];
    };
    readonly finish_reason: string;
  }[];
  readonly content?: readonly {
    readonly type: string;
    readonly text?: string;
    readonly thinking?: string;
    readonly name?: string;
    readonly input?: unknown;
  }[];
  readonly stop_reason?: string;
  readonly usage: { readonly completion_tokens?: number; readonly output_tokens?: number };
}

function bodyOf({ choices, content, stop_reason, usage }: Body): object {
  const first = choices?.[0];
  if (first !== undefined) {
    const { message, finish_reason } = first;
    return {
      text: message.content ?? '',
      thinking: message.reasoning_content ?? '',
      calls: (message.tool_calls ?? []).map(({ function: { name, arguments: json } }) => ({
        name,
        input: JSON.parse(json) as unknown,
      })),
      finish: finish_reason,
      outputTokens: usage.completion_tokens,
    };
  }
  const blocks = content ?? [];
  return {
    text: blocks.map((block) => block.text ?? '').join(''),
    thinking: blocks.map((block) => block.thinking ?? '').join(''),
    calls: blocks.flatMap(({ type, name, input }) => (type === 'tool_use' ? [{ name, input }] : [])),
    finish: stop_reason,
    outputTokens: usage.output_tokens,
  };
}
