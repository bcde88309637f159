import { describe, expect, it } from 'vitest';
import type { AnswerPart } from '../../../providers/model-call.ts';
import type { AnsweredEnd } from '../event-stream.ts';
import { StreamWriter } from './stream-writer.ts';

const head = { id: 'up', object: 'chat.completion.chunk', created: 1, model: 'm' };
const part: AnswerPart = { type: 'text', text: 'b' };
const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: null, reasoningTokens: null };
// What ends a stream is no more than this.
const end = { finishReason: 'stop', usage } as AnsweredEnd;
const roles = (text: string) => text.match(/"role":/g)?.length ?? 0;
const delta = (fields: object) => ({ ...head, choices: [{ index: 0, delta: fields, finish_reason: null }] });

describe('the role of a streamed completion', () => {
  it('is said once, with the first chunk of our own', () => {
    const writer = new StreamWriter(false);
    const out = writer.begin('t', 'r') + writer.part(part) + writer.part(part);
    expect([roles(out), out.indexOf('"role"') < out.indexOf('"content":"b"')]).toEqual([1, true]);
    expect(roles(writer.end(end))).toBe(0);
  });

  it.each([
    ['with its role', { role: 'assistant', content: '' }],
    // Some servers never name it; what they sent is the beginning of a message all the same.
    ['without one', { content: 'a' }],
    ['as a tool call', { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }] }],
  ])('is not said again when a stream began %s and was passed on', (_, first) => {
    const writer = new StreamWriter(false);
    writer.observe([delta(first)]);
    const out = writer.part(part) + writer.end(end);
    expect(roles(out)).toBe(0);
    expect(out).toContain('"id":"up"');
  });

  it('is still to be said when nothing of a message was passed', () => {
    const writer = new StreamWriter(false);
    writer.observe([{ ...head, choices: [] }]);
    expect(roles(writer.part(part))).toBe(1);
  });
});
