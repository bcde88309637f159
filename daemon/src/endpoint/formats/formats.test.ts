/** What both formats make of a request: read alike, refused alike, and what is lost in a translation has a name. */
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutsideCall, OutsideTool } from '../../dispatch/outside/outside-call.ts';
import type { EndpointFormat, EndpointProblem } from '../endpoint-format.ts';
import { formats } from './index.ts';

const tool: OutsideTool = { keyId: 'k', name: 'Cline', policy: null, dailyBudgetUsd: null };
const { openai, anthropic } = formats;
const question = { role: 'user', content: 'Why?' };

function read(format: EndpointFormat, fields: object | string, headers = {}): OutsideCall {
  const result = format.readCall(bodyOf(fields), headers, tool);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

function refusal(format: EndpointFormat, fields: object | string | Buffer): EndpointProblem {
  const result = format.readCall(bodyOf(fields), {}, tool);
  if (result.ok) throw new Error('was read');
  return result.problem;
}

function bodyOf(fields: object | string | Buffer): Buffer {
  if (Buffer.isBuffer(fields)) return fields;
  return Buffer.from(
    typeof fields === 'string' ? fields : JSON.stringify({ model: 'auto', messages: [question], ...fields }),
  );
}

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

describe('OpenAI’s chat completions', () => {
  it('become a call', () => {
    const { call, maxOutputTokens, wishes, untranslatable } = read(openai, {
      messages: [
        {
          role: 'system',
          content: [
            { type: 'text', text: 'Be' },
            { type: 'text', text: 'brief.', cache_control: { type: 'ephemeral' } },
          ],
        },
        { role: 'developer', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'image_url', image_url: { url: 'data:image/PNG;base64,aWc=', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'https://example.com/a.jpg' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,cGRm' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'Hm.',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } },
            { id: 'c2', function: { name: 'list', arguments: '' } },
            { id: 'c3', function: { name: 'list', arguments: '{"cut' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'text' },
        {
          role: 'tool',
          tool_call_id: 'c2',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'tool',
          tool_call_id: 'c0',
          content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aWc=' } }],
        },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'read', description: 'Reads.', parameters: { type: 'object' }, strict: true },
        },
        { type: 'function', function: { name: 'list' } },
      ],
      tool_choice: { type: 'function', function: { name: 'read' } },
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      ...{
        max_tokens: 5,
        max_completion_tokens: 9,
        temperature: 0.5,
        top_p: 0.9,
        stop: 'END',
        seed: 7,
        presence_penalty: 0.1,
        frequency_penalty: 0.2,
      },
      ...{
        user: 'u',
        metadata: { a: 'b' },
        store: true,
        n: 1,
        logprobs: false,
        stream: true,
        stream_options: { include_usage: true },
      },
    });
    expect(untranslatable).toEqual([]);
    expect([maxOutputTokens, wishes.usage]).toEqual([9, true]);
    const cached = { anthropic: { cacheControl: { type: 'ephemeral' } } };
    expect(call).toEqual({
      prompt: [
        { role: 'system', content: 'Be\nbrief.', providerOptions: cached },
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            {
              ...{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aWc=' } },
              providerOptions: { openai: { imageDetail: 'low' } },
            },
            {
              type: 'file',
              mediaType: 'image',
              data: { type: 'url', url: new URL('https://example.com/a.jpg') },
            },
            {
              type: 'file',
              mediaType: 'application/pdf',
              filename: 'a.pdf',
              data: { type: 'data', data: 'cGRm' },
            },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.' },
            { type: 'tool-call', toolCallId: 'c1', toolName: 'read', input: { path: 'a' } },
            { type: 'tool-call', toolCallId: 'c2', toolName: 'list', input: {} },
            { type: 'tool-call', toolCallId: 'c3', toolName: 'list', input: { arguments: '{"cut' } },
          ],
        },
        toolMessage('c1', 'read', { type: 'text', value: 'text' }),
        toolMessage('c2', 'list', { type: 'text', value: 'a\nb' }),
        toolMessage('c0', 'unknown', {
          type: 'content',
          value: [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aWc=' } }],
        }),
      ],
      tools: [
        {
          type: 'function',
          name: 'read',
          description: 'Reads.',
          inputSchema: { type: 'object' },
          strict: true,
        },
        { type: 'function', name: 'list', inputSchema: { type: 'object', properties: {} } },
      ],
      toolChoice: { type: 'tool', toolName: 'read' },
      ...{
        temperature: 0.5,
        topP: 0.9,
        stopSequences: ['END'],
        seed: 7,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
      },
      reasoning: 'low',
      providerOptions: {
        openai: { user: 'u', parallelToolCalls: false },
        compatible: { user: 'u', parallel_tool_calls: false },
        anthropic: { disableParallelToolUse: true },
      },
    });
  });

  it.each<[object, string]>([
    [{ logprobs: true }, 'logprobs'],
    [{ n: 2 }, 'n'],
    [{ logit_bias: { 5: 1 } }, 'logit_bias'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'a' } }, 'audio'],
    [{ functions: [{ name: 'f' }] }, 'functions'],
    [{ web_search_options: { x: 1 } }, 'web_search_options'],
    [{ tools: [{ type: 'custom', custom: {} }] }, 'tools.custom'],
    [{ tool_choice: { type: 'allowed_tools' } }, 'tool_choice.allowed_tools'],
    [{ response_format: { type: 'grammar' } }, 'response_format.grammar'],
    [{ reasoning_effort: 'extreme' }, 'reasoning_effort'],
    [{ messages: [{ role: 'function', name: 'f', content: 'x' }] }, 'messages.function'],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] },
      'messages.content.input_audio',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
      'messages.content.file.file_id',
    ],
    [{ messages: [{ role: 'assistant', content: 'x', audio: { id: 'a' } }] }, 'messages.audio'],
    [
      { messages: [{ role: 'assistant', content: null, function_call: { name: 'f' } }] },
      'messages.function_call',
    ],
  ])('%o can’t be translated, and say so', (fields, name) => {
    expect(read(openai, fields).untranslatable).toEqual([name]);
  });

  it('refuse addresses of images that are none', () => {
    for (const url of ['file:///etc/passwd', 'data:image/png,raw', 'ftp://a/b', 'https://']) {
      const messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }];
      expect(refusal(openai, { messages }).message).toContain('image_url');
    }
  });
});

describe('Anthropic’s messages', () => {
  it('become a call', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const cached = { providerOptions: { anthropic: { cacheControl: cache_control } } };
    const { call, maxOutputTokens, wishes, untranslatable, raw } = read(
      anthropic,
      {
        system: [
          { type: 'text', text: 'Be brief.', cache_control },
          { type: 'text', text: 'Be kind.' },
        ],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aWc=' } },
              { type: 'image', source: { type: 'url', url: 'https://example.com/a.jpg' } },
              {
                type: 'document',
                title: 'A',
                source: { type: 'text', media_type: 'text/plain', data: 'plain' },
              },
              { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'cGRm' } },
            ],
          },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
              { type: 'redacted_thinking', data: 'xyz' },
              { type: 'text', text: '' },
              { type: 'tool_use', id: 't1', name: 'read', input: { path: 'a' } },
              { type: 'tool_use', id: 't2', name: 'look', input: {} },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 't1', content: 'no such file', is_error: true },
              {
                ...{ type: 'tool_result', tool_use_id: 't2', cache_control },
                content: [
                  { type: 'text', text: 'Seen.' },
                  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aWc=' } },
                ],
              },
              { type: 'text', text: 'Go on.', cache_control },
            ],
          },
        ],
        tools: [{ name: 'read', description: 'Reads.', input_schema: { type: 'object' }, cache_control }],
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
        thinking: { type: 'enabled', budget_tokens: 10_000 },
        ...{
          max_tokens: 50,
          temperature: 1,
          top_p: 0.9,
          top_k: 5,
          stop_sequences: ['END'],
          metadata: { user_id: 'u' },
        },
        ...{
          output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
          service_tier: 'auto',
        },
      },
      { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b', 'x-api-key': 'secret' },
    );
    expect(untranslatable).toEqual([]);
    expect([maxOutputTokens, wishes.thinking]).toEqual([50, true]);
    expect(raw.headers).toEqual({ 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b' });
    const image = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aWc=' } };
    expect(call).toEqual({
      prompt: [
        { role: 'system', content: 'Be brief.', ...cached },
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            image,
            {
              type: 'file',
              mediaType: 'image',
              data: { type: 'url', url: new URL('https://example.com/a.jpg') },
            },
            {
              ...{
                type: 'file',
                mediaType: 'text/plain',
                data: { type: 'text', text: 'plain' },
                filename: 'A',
              },
              providerOptions: { anthropic: { title: 'A' } },
            },
            { type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'cGRm' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.', providerOptions: { anthropic: { signature: 'c2ln' } } },
            { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: 'xyz' } } },
            { type: 'tool-call', toolCallId: 't1', toolName: 'read', input: { path: 'a' } },
            { type: 'tool-call', toolCallId: 't2', toolName: 'look', input: {} },
          ],
        },
        {
          role: 'tool',
          content: [
            {
              ...{ type: 'tool-result', toolCallId: 't1', toolName: 'read' },
              output: { type: 'error-text', value: 'no such file' },
            },
            {
              ...{ type: 'tool-result', toolCallId: 't2', toolName: 'look', ...cached },
              output: { type: 'content', value: [{ type: 'text', text: 'Seen.' }, image] },
            },
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'Go on.', ...cached }] },
      ],
      tools: [
        { type: 'function', name: 'read', description: 'Reads.', inputSchema: { type: 'object' }, ...cached },
      ],
      toolChoice: { type: 'required' },
      ...{ temperature: 1, topP: 0.9, topK: 5, stopSequences: ['END'], reasoning: 'medium' },
      responseFormat: { type: 'json', schema: { type: 'object' } },
      providerOptions: {
        anthropic: {
          ...{ thinking: { type: 'enabled', budgetTokens: 10_000 }, disableParallelToolUse: true },
          metadata: { userId: 'u' },
        },
        openai: { parallelToolCalls: false },
        compatible: { parallel_tool_calls: false },
      },
    });
  });

  it.each<[object, string]>([
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools.web_search_20250305'],
    [{ mcp_servers: [{ type: 'url' }] }, 'mcp_servers'],
    [{ container: 'c' }, 'container'],
    [{ thinking: { type: 'sometimes' } }, 'thinking.sometimes'],
    [{ output_format: { type: 'xml' } }, 'output_format.xml'],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'server_tool_use' }] }] },
      'messages.content.server_tool_use',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'container_upload' }] }] },
      'messages.content.container_upload',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }] },
      'messages.content.image.source.file',
    ],
  ])('%o can’t be translated, and say so', (fields, name) => {
    expect(read(anthropic, fields).untranslatable).toEqual([name]);
  });

  it.each([
    [{ type: 'enabled', budget_tokens: 1024 }, 'low'],
    [{ type: 'enabled', budget_tokens: 40_000 }, 'xhigh'],
    [{ type: 'adaptive' }, 'medium'],
    [{ type: 'disabled' }, undefined],
  ])('that think (%o) say how much to other vendors: %s', (thinking, effort) => {
    const { call } = read(anthropic, { thinking });
    expect(call.reasoning).toBe(effort);
  });

  it('never take metadata out of a signature but what vendors put there', () => {
    const sealed = (value: unknown): string =>
      `task-router:${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
    const optionsOf = (signature: string): unknown => {
      const messages = [
        question,
        { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature }] },
      ];
      return read(anthropic, { messages }).call.prompt[1]?.content[0];
    };
    expect(optionsOf(sealed({ google: { thoughtSignature: 'a' } }))).toMatchObject({
      providerOptions: { google: { thoughtSignature: 'a' } },
    });
    for (const each of [
      { openai: { baseURL: 'https://evil.example' } },
      { compatible: { model: 'x' } },
      [],
      7,
    ]) {
      expect(optionsOf(sealed(each))).toEqual({ type: 'reasoning', text: 'x' });
    }
    expect(optionsOf('task-router:!!')).toEqual({ type: 'reasoning', text: 'x' });
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

function toolMessage(toolCallId: string, toolName: string, output: object): object {
  return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] };
}
