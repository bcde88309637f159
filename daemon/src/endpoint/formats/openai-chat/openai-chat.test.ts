/** Requests of OpenAI’s chat completions as calls. */
import { describe, expect, it } from 'vitest';
import { read, refusal, toolMessage } from '../../../../../test/support/format-requests.ts';
import { formats } from '../index.ts';

const { openai } = formats;

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
