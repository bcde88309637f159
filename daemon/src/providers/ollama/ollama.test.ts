/** What is peculiar to Ollama's wire: the window it is asked for, its list, and its lines. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { callOf } from '../call-text.ts';
import type { ModelCall } from '../model-call.ts';
import type { GenerateEvent, Provider } from '../provider.ts';
import { createOllamaProvider } from './index.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Reply = (body: Record<string, unknown>) => string | null;

/** Replies by path; null never answers. Returns what was asked. */
async function serve(replies: Record<string, Reply>, suffix = '') {
  const asked: { path: string; body: Record<string, unknown> }[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      const path = request.url ?? '';
      asked.push({ path, body });
      const reply = replies[path]?.(body);
      if (reply === undefined) response.writeHead(404).end('404 page not found');
      else if (reply !== null) response.end(reply);
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(listening.address() as AddressInfo).port}${suffix}`;
  const provider = createOllamaProvider({
    nodeId: 'n',
    provider: 'ollama',
    baseUrl,
    apiKey: null,
    models: [],
  });
  return { asked, provider };
}

async function generate(
  provider: Provider,
  text: string,
  maxOutputTokens: number | null = null,
): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = [];
  const request = {
    modelId: 'coder',
    call: callOf([{ role: 'user', text }]),
    maxOutputTokens,
    signal: AbortSignal.timeout(5_000),
  };
  for await (const event of provider.generate(request)) events.push(event);
  return events;
}

const done =
  '{"message":{"role":"assistant","content":"yes"},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":1}\n';

describe('the window', () => {
  const ps = (context: number) => () =>
    JSON.stringify({ models: [{ name: 'coder:latest', model: 'coder:latest', context_length: context }] });

  it('is left to the server for a small task, and never cut in silence', async () => {
    const { asked, provider } = await serve({ '/api/chat': () => done });
    await generate(provider, 'short', 100);
    expect(asked).toEqual([
      {
        path: '/api/chat',
        body: {
          model: 'coder',
          messages: [{ role: 'user', content: 'short' }],
          stream: true,
          truncate: false,
          shift: false,
          options: { num_predict: 100 },
        },
      },
    ]);
  });

  it.each([
    ['named for a large task', 2_048, 16_384],
    ['kept as it is when the loaded model has room', 32_768, 32_768],
  ])('is %s', async (_what, loaded, expected) => {
    const { asked, provider } = await serve({ '/api/ps': ps(loaded), '/api/chat': () => done });
    await generate(provider, 'x'.repeat(30_000));
    expect(asked.map(({ path }) => path)).toEqual(['/api/ps', '/api/chat']);
    expect((asked[1]?.body['options'] as Record<string, unknown>)['num_ctx']).toBe(expected);
  });

  it('is named when nobody tells what is loaded, and never without bound', async () => {
    const { asked, provider } = await serve({ '/api/chat': () => done });
    await generate(provider, 'x'.repeat(3_000_000));
    expect((asked.at(-1)?.body['options'] as Record<string, unknown>)['num_ctx']).toBe(262_144);
  });
});

describe('a call with more than text', () => {
  const call: ModelCall = {
    ...{ temperature: 0.2, topK: 5, stopSequences: ['END'], reasoning: 'none' },
    tools: [
      { type: 'function', name: 'read', description: 'Reads.', inputSchema: { type: 'object' } },
      { type: 'function', name: 'write', inputSchema: { type: 'object' } },
    ],
    responseFormat: { type: 'json', schema: { type: 'object' } },
    prompt: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: Buffer.from('hello') } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'tool-call', toolCallId: '1', toolName: 'read', input: 'a.ts' },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            ...{ type: 'tool-result', toolCallId: '1', toolName: 'read' },
            output: { type: 'json', value: { lines: 3 } },
          },
        ],
      },
    ],
  };

  it('is written as this wire has it: images in base64, results by name, a schema as format', async () => {
    const { asked, provider } = await serve({ '/api/chat': () => done });
    const request = { modelId: 'coder', maxOutputTokens: null, signal: AbortSignal.timeout(5_000) };
    const once = async (what: ModelCall) => {
      for await (const event of provider.generate({ ...request, call: what })) expect(event).toBeDefined();
      return asked.at(-1)?.body;
    };
    expect(await once(call)).toMatchObject({
      messages: [
        { role: 'user', content: 'What is this?', images: ['aGVsbG8='] },
        {
          ...{ role: 'assistant', content: '', thinking: 'hm' },
          tool_calls: [{ function: { name: 'read', arguments: { value: 'a.ts' } } }],
        },
        { role: 'tool', tool_name: 'read', content: '{"lines":3}' },
      ],
      tools: [
        { function: { name: 'read', description: 'Reads.', parameters: { type: 'object' } } },
        { function: { name: 'write', description: '' } },
      ],
      format: { type: 'object' },
      think: false,
      options: { temperature: 0.2, top_k: 5, stop: ['END'] },
    });
    const named = await once({ ...call, toolChoice: { type: 'tool', toolName: 'write' } });
    expect(named?.['tools']).toMatchObject([{ function: { name: 'write' } }]);
    expect(await once({ ...call, toolChoice: { type: 'none' } })).not.toHaveProperty('tools');
  });

  it('is answered with calls in full, one id for each', async () => {
    const calls = [
      { function: { name: 'read', arguments: { path: 'a' } } },
      { id: 'own', function: { name: 'read' } },
    ];
    const line = JSON.stringify({ message: { content: 'I look.', thinking: 'hm', tool_calls: calls } });
    const { provider } = await serve({ '/api/chat': () => `${line}\n${done}` });
    const events = (await generate(provider, 'hi')).filter(({ type }) => type !== 'headers');
    expect(events).toMatchObject([
      { type: 'thinking', text: 'hm' },
      { type: 'text', text: 'I look.' },
      { type: 'toolStart', name: 'read' },
      { type: 'toolDelta', json: '{"path":"a"}' },
      { type: 'toolEnd' },
      { type: 'toolStart', id: 'own' },
      { type: 'toolDelta', id: 'own', json: '{}' },
      { type: 'toolEnd', id: 'own' },
      { type: 'text', text: 'yes' },
      { type: 'finish', finishReason: 'toolCalls' },
    ]);
  });

  it('is refused with a file that has no place on this wire', async () => {
    const { asked, provider } = await serve({ '/api/chat': () => done });
    const url = new URL('http://x.example/a');
    const file = { type: 'file', mediaType: 'image/png', data: { type: 'url', url } } as const;
    const request = { modelId: 'coder', maxOutputTokens: null, signal: AbortSignal.timeout(5_000) };
    const events = provider.generate({ ...request, call: { prompt: [{ role: 'user', content: [file] }] } });
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'badRequest' });
    expect(asked).toEqual([]);
  });

  it('fails where a call can not be read: it is never dropped', async () => {
    const line = JSON.stringify({ message: { content: '', tool_calls: [{ function: {} }] } });
    const { provider } = await serve({ '/api/chat': () => `${line}\n${done}` });
    await expect(generate(provider, 'hi')).rejects.toThrow('a tool call of unknown shape');
  });
});

describe('its lines', () => {
  const chat = async (...lines: string[]) => {
    const { provider } = await serve({ '/api/chat': () => lines.join('\n') });
    return generate(provider, 'hi');
  };

  it('may end without a line break, come with carriage returns, or be empty', async () => {
    const events = await chat(
      '{"message":{"content":"a"},"done":false}\r',
      '',
      '{"message":{"content":"b"},"done":true}',
    );
    expect(events.filter(({ type }) => type === 'text')).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]);
    expect(events.at(-1)).toMatchObject({
      type: 'finish',
      finishReason: 'stop',
      usage: { inputTokens: null },
    });
  });

  it('without text are signs of life: thinking, a loading model, words it does not know', async () => {
    const events = await chat(
      '{"message":{"content":"","thinking":"hm"},"done":false}',
      '{"status":"loading model"}',
      '{"message":{"content":null},"done":false}',
      '{"message":7,"extra":[1]}',
      done,
    );
    expect(events.map(({ type }) => type)).toEqual([
      'headers',
      'thinking',
      'progress',
      'progress',
      'progress',
      'text',
      'finish',
    ]);
  });

  it('of an unknown shape that hold text end the call: nothing is lost in silence', async () => {
    await expect(chat('{"message":{"content":["text"],"text":"lost"},"done":false}', done)).rejects.toThrow(
      'unknown shape',
    );
  });

  it('after the end are not read', async () => {
    expect((await chat(done.trim(), 'garbage')).at(-1)).toMatchObject({ type: 'finish' });
  });
});

describe('its list', () => {
  it('has windows and abilities, and leaves out what can’t chat', async () => {
    const shown: Record<string, object> = {
      'coder:7b': {
        model_info: { 'general.architecture': 'qwen2', 'qwen2.context_length': 32_768 },
        capabilities: ['completion', 'tools', 'insert'],
      },
      'thinker:8b': {
        model_info: { 'qwen3.context_length': 40_960 },
        capabilities: ['completion', 'tools', 'thinking'],
      },
      vectors: { model_info: { 'bert.context_length': 512 }, capabilities: ['embedding'] },
    };
    const tags = [...Object.keys(shown), 'old-one', 'nomic-embed-text'].map((name) => ({
      name,
      model: name,
    }));
    const { provider } = await serve(
      {
        '/api/tags': () => JSON.stringify({ models: [...tags, null, { size: 7 }] }),
        '/api/show': (body) => JSON.stringify(shown[String(body['model'])] ?? {}),
      },
      '/v1',
    );
    expect(await provider.listModels(AbortSignal.timeout(5_000))).toEqual([
      {
        modelId: 'coder:7b',
        contextWindow: 32_768,
        capabilities: { tools: true, vision: false, reasoning: false, structuredOutput: true },
      },
      {
        modelId: 'thinker:8b',
        contextWindow: 40_960,
        capabilities: { tools: true, vision: false, reasoning: true, structuredOutput: true },
      },
      { modelId: 'old-one' },
    ]);
  });

  it('does not wait for details that do not come', async () => {
    const { asked, provider } = await serve({
      '/api/tags': () =>
        JSON.stringify({ models: Array.from({ length: 100 }, (_, index) => ({ name: `m${index}` })) }),
      '/api/show': () => null,
    });
    expect(await provider.listModels(AbortSignal.timeout(5_000))).toHaveLength(100);
    expect(asked.filter(({ path }) => path === '/api/show')).toHaveLength(4);
  });
});
