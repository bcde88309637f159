/** Requests of Anthropic’s messages as calls. */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { question, read } from '../../../../../test/support/format-requests.ts';
import { formats } from '../index.ts';

const { anthropic } = formats;

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
