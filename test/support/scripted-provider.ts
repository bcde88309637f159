/**
 * A provider whose every answer a test writes down: real HTTP in OpenAI's or Anthropic's format, streamed or whole, with
 * thinking, tool calls, usage, refusals, and ends in mid-answer. It keeps what it was sent.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireFormat } from '../../daemon/src/providers/model-call.ts';

export interface ScriptedAnswer {
  readonly thinking?: string;
  readonly text?: string;
  readonly calls?: readonly { readonly id: string; readonly name: string; readonly input: object }[];
  readonly usage?: ScriptedUsage;
  /** Breaks the connection after so many events (below 0: before so many of the last), ends it, or says nothing more. */
  readonly after?: { readonly events: number; readonly does: 'die' | 'end' | 'hang' };
  /** As the vendor's format has it; absent: the model's own end, or its tools. */
  readonly finish?: 'length';
}

export interface ScriptedUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  /** What a gateway adds to the counts, at the end of the answer. */
  readonly told?: object;
}

export interface ScriptedRefusal {
  readonly status: number;
  readonly message: string;
}

export interface SeenRequest {
  readonly body: Record<string, unknown> & { readonly stream?: boolean };
  /** Whether the client hung up before the end. */
  wasLeft: boolean;
}

export interface ScriptedProvider {
  readonly baseUrl: string;
  readonly requests: SeenRequest[];
  reply: (at: number) => ScriptedAnswer | ScriptedRefusal;
  stop(): Promise<void>;
}

export async function startScriptedProvider(format: WireFormat): Promise<ScriptedProvider> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const provider: ScriptedProvider = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    reply: () => ({ text: 'ok' }),
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return provider;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const seen: SeenRequest = {
      body: JSON.parse(await textOf(request)) as SeenRequest['body'],
      wasLeft: false,
    };
    requests.push(seen);
    response.on('close', () => {
      seen.wasLeft = !response.writableFinished;
    });
    const reply = provider.reply(requests.length - 1);
    if ('status' in reply) {
      refuse(response, reply);
      return;
    }
    if (seen.body.stream === true) stream(response, reply);
    else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(wholeOf(format, reply)));
  }

  function refuse(response: ServerResponse, { status, message }: ScriptedRefusal): void {
    const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'api_error';
    const error = format === 'openai-chat' ? { message, type, param: null, code: null } : { type, message };
    const body = format === 'openai-chat' ? { error } : { type: 'error', error };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  function stream(response: ServerResponse, reply: ScriptedAnswer): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const frames = format === 'openai-chat' ? openaiFrames(reply) : anthropicFrames(reply);
    for (const frame of frames.slice(0, reply.after?.events)) response.write(frame);
    if (reply.after === undefined || reply.after.does === 'end') response.end();
    else if (reply.after.does === 'die') setImmediate(() => response.destroy());
  }
}

const usual: ScriptedUsage = { input: 50, cached: 20, output: 9 };

function wholeOf(
  format: WireFormat,
  { thinking, text, calls = [], usage = usual, finish }: ScriptedAnswer,
): object {
  const calledTools = calls.length > 0;
  if (format === 'openai-chat') {
    const message = {
      ...{ role: 'assistant', content: text ?? null },
      ...(thinking !== undefined && { reasoning_content: thinking }),
      ...(calledTools && { tool_calls: calls.map((call) => openaiCall(call)) }),
    };
    const choice = { index: 0, message, finish_reason: finish ?? (calledTools ? 'tool_calls' : 'stop') };
    return {
      id: 'chatcmpl-up',
      object: 'chat.completion',
      created: 1,
      model: 'up',
      choices: [choice],
      usage: openaiUsage(usage),
    };
  }
  return {
    ...{ id: 'msg_up', type: 'message', role: 'assistant', model: 'up' },
    content: [
      ...(thinking === undefined ? [] : [{ type: 'thinking', thinking, signature: 'c2ln' }]),
      ...(text === undefined ? [] : [{ type: 'text', text }]),
      ...calls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
    ],
    ...{
      stop_reason: stopReasonOf(finish, calledTools),
      stop_sequence: null,
      usage: anthropicUsage(usage),
    },
  };
}

/** First frame: the role; then one a word; then the calls in two pieces each, the finish, the usage, the end marker. */
function openaiFrames({
  thinking = '',
  text = '',
  calls = [],
  usage = usual,
  finish: reason,
}: ScriptedAnswer): string[] {
  const head = { id: 'chatcmpl-up', object: 'chat.completion.chunk', created: 1, model: 'up' };
  const chunk = (delta: object, finish: string | null = null): string =>
    frame({ ...head, choices: [{ index: 0, delta, finish_reason: finish }] });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...words(thinking).map((word) => chunk({ reasoning_content: word })),
    ...words(text).map((word) => chunk({ content: word })),
    ...calls.flatMap((call, index) => {
      const json = JSON.stringify(call.input);
      const start = { index, ...openaiCall({ ...call, input: null }) };
      return [
        chunk({ tool_calls: [start] }),
        ...[json.slice(0, 3), json.slice(3)].map((piece) =>
          chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
        ),
      ];
    }),
    chunk({}, reason ?? (calls.length > 0 ? 'tool_calls' : 'stop')),
    frame({ ...head, choices: [], usage: openaiUsage(usage) }),
    'data: [DONE]\n\n',
  ];
}

function anthropicFrames({
  thinking = '',
  text = '',
  calls = [],
  usage = usual,
  finish,
}: ScriptedAnswer): string[] {
  const blocks: { start: object; deltas: object[] }[] = [];
  if (thinking !== '') {
    const deltas = words(thinking).map((word) => ({ type: 'thinking_delta', thinking: word }));
    const start = { type: 'thinking', thinking: '', signature: '' };
    blocks.push({ start, deltas: [...deltas, { type: 'signature_delta', signature: 'c2ln' }] });
  }
  if (text !== '') {
    const deltas = words(text).map((word) => ({ type: 'text_delta', text: word }));
    blocks.push({ start: { type: 'text', text: '' }, deltas });
  }
  for (const { id, name, input } of calls) {
    const json = JSON.stringify(input);
    const deltas = ['', json.slice(0, 3), json.slice(3)].map((piece) => ({
      type: 'input_json_delta',
      partial_json: piece,
    }));
    blocks.push({ start: { type: 'tool_use', id, name, input: {} }, deltas });
  }
  const message = {
    ...{ id: 'msg_up', type: 'message', role: 'assistant', model: 'up', content: [] },
    ...{
      stop_reason: null,
      stop_sequence: null,
      usage: { ...anthropicUsage({ ...usage, told: {} }), output_tokens: 1 },
    },
  };
  const stop = { stop_reason: stopReasonOf(finish, calls.length > 0), stop_sequence: null };
  return [
    { type: 'message_start', message },
    ...blocks.flatMap(({ start, deltas }, index) => [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: stop, usage: { output_tokens: usage.output, ...usage.told } },
    { type: 'message_stop' },
  ].map((event) => `event: ${event.type}\n${frame(event)}`);
}

function stopReasonOf(finish: ScriptedAnswer['finish'], calledTools: boolean): string {
  if (finish === 'length') return 'max_tokens';
  return calledTools ? 'tool_use' : 'end_turn';
}

function openaiCall({
  id,
  name,
  input,
}: {
  readonly id: string;
  readonly name: string;
  readonly input: object | null;
}): object {
  return { id, type: 'function', function: { name, arguments: input === null ? '' : JSON.stringify(input) } };
}

function openaiUsage({ input, cached, output, told }: ScriptedUsage): object {
  return {
    ...told,
    ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    prompt_tokens_details: { cached_tokens: cached },
  };
}

function anthropicUsage({ input, cached, output, told }: ScriptedUsage): object {
  return {
    ...told,
    ...{ input_tokens: input - cached, output_tokens: output },
    ...{ cache_read_input_tokens: cached, cache_creation_input_tokens: 0 },
  };
}

function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
