/** What both formats make of a request: read alike, refused alike, and what is lost in a translation has a name. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { question, read, refusal, tool } from '../../../../test/support/format-requests.ts';
import type { EndpointProblem } from '../endpoint-format.ts';
import { formats } from './index.ts';

const { openai, anthropic } = formats;

describe.each([openai, anthropic])('a request in the form of $name', (format) => {
  it('has its model’s place in bytes', () => {
    const body = { messages: [{ role: 'user', content: '😀 "model": "no"' }], model: 'auto😀', stream: true };
    const { raw, model, streams } = read(format, JSON.stringify(body));
    expect(raw.body.subarray(...raw.modelAt).toString()).toBe('"auto😀"');
    expect([model, streams, raw.format]).toEqual(['auto😀', true, format.name]);
  });

  it.each<[string, string | Buffer, string]>([
    ['no JSON', '{"model":', 'not a JSON object'],
    ['a list', '[]', 'not a JSON object'],
    ['other bytes than UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not UTF-8'],
    [
      'a key twice',
      '{"model":"a","messages":[{"role":"user","content":"x"}],"model":"b"}',
      '"model" stands there twice',
    ],
    ['too much nesting', `{"model":"a","x":${'['.repeat(500)}${']'.repeat(500)}}`, 'nested more than'],
    ['no model', '{"messages":[{"role":"user","content":"x"}]}', 'model: '],
    ['no messages', '{"model":"a","messages":[]}', 'messages: '],
  ])('with %s is refused', (_what, body, said) => {
    const problem = refusal(format, body);
    expect(problem).toMatchObject({ status: 400, code: 'endpoint.badRequest' });
    expect(problem.message).toContain(said);
  });

  it.each([
    'base_url',
    'baseURL',
    'api_base',
    'api_key',
    'apiKey',
    'headers',
    'extra_headers',
    'extra_body',
    'proxy',
    'authorization',
  ])('that says where or as whom to call (%s) is refused by name', (field) => {
    const problem = refusal(format, { [field]: 'https://evil.example' });
    expect(problem.param).toBe(field);
    expect(problem.message).toContain(`"${field}"`);
    expect(problem.message).not.toContain('evil');
  });

  it('keeps the place of what is wrong, and not the whole of it', () => {
    const problem = refusal(format, { messages: [question, { role: 'user', content: 7 }] });
    expect(problem.param).toMatch(/^messages\.1/);
    expect(
      refusal(format, { ['x'.repeat(9000)]: 1, temperature: 'y'.repeat(9000) }).message.length,
    ).toBeLessThan(600);
  });

  it('with unknown fields is passed on only', () => {
    const { untranslatable } = read(format, { novelty: { a: 1 }, off: false, none: null, empty: [] });
    expect(untranslatable).toEqual(['novelty']);
  });

  it('never throws, whatever it holds', () => {
    const anything = fc.jsonValue({ maxDepth: 3 });
    const block = fc.record(
      {
        type: fc.constantFrom(
          'text',
          'image',
          'image_url',
          'tool_use',
          'tool_result',
          'thinking',
          'file',
          'document',
          'x',
        ),
        text: anything,
        source: anything,
        image_url: anything,
        content: anything,
        id: anything,
        name: anything,
        input: anything,
        tool_use_id: anything,
        thinking: anything,
        file: anything,
      },
      { requiredKeys: ['type'] },
    );
    const message = fc.record(
      {
        role: fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'x'),
        content: fc.oneof(fc.string(), fc.array(block, { maxLength: 3 }), anything),
        tool_calls: anything,
        tool_call_id: anything,
      },
      { requiredKeys: ['role'] },
    );
    const request = fc.record(
      {
        model: fc.string({ minLength: 1 }),
        messages: fc.array(message, { maxLength: 4 }),
        tools: anything,
        tool_choice: anything,
        response_format: anything,
        thinking: anything,
        output_config: anything,
        system: anything,
      },
      { requiredKeys: ['model', 'messages'] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, request), (fields) => {
        const result = format.readCall(Buffer.from(JSON.stringify(fields)), {}, tool);
        expect(result.ok ? typeof result.value.model : result.problem.status).toSatisfy(
          (each) => each === 'string' || each === 400,
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('errors', () => {
  it('say in each vendor’s own words that a conversation is too long', () => {
    const problem: EndpointProblem = {
      status: 400,
      code: 'route.none',
      message: 'No window is wide enough.',
      isTooLong: true,
    };
    expect(openai.errorBody(problem)).toContain('"code":"context_length_exceeded"');
    expect(anthropic.errorBody(problem)).toContain('"message":"prompt is too long: No window');
  });

  it.each([
    [400, 'invalid_request_error', 'invalid_request_error'],
    [401, 'authentication_error', 'authentication_error'],
    [402, 'insufficient_quota', 'billing_error'],
    [403, 'permission_error', 'permission_error'],
    [404, 'not_found_error', 'not_found_error'],
    [413, 'invalid_request_error', 'request_too_large'],
    [429, 'rate_limit_error', 'rate_limit_error'],
    [500, 'api_error', 'api_error'],
    [502, 'api_error', 'api_error'],
    [503, 'overloaded_error', 'overloaded_error'],
    [504, 'api_error', 'timeout_error'],
  ])('of status %i are %s and %s', (status, theirs, other) => {
    const problem = { status, code: 'x.y', message: 'm' };
    expect(JSON.parse(openai.errorBody(problem))).toEqual({
      error: { message: 'm', type: theirs, param: null, code: 'x.y' },
    });
    expect(JSON.parse(anthropic.errorBody(problem))).toEqual({
      type: 'error',
      error: { type: other, message: 'm', code: 'x.y' },
    });
  });
});
