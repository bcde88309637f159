/**
 * Requests and answers of the two formats as the bench's ends write them. What the upstream is to do stands in the prompt
 * (`[bench chunks=20 every=20]`), because a prompt passes through every gateway, and a header or a query does not.
 */

export type Format = 'openai-chat' | 'anthropic-messages';

export const formats: readonly Format[] = ['openai-chat', 'anthropic-messages'];

export const pathOf: Readonly<Record<Format, string>> = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
};

export interface Asked {
  readonly model: string;
  /** null: the answer comes whole. */
  readonly stream: { readonly chunks: number; readonly everyMs: number } | null;
  /** Told apart by it: no two conversations are the same. */
  readonly nonce: string;
  /** Characters of code that are pasted below the question. */
  readonly pastedChars: number;
}

const codeLine =
  'export function sum(values: readonly number[]): number { return values.reduce((a, b) => a + b, 0); }\\n';

/** The body; both formats take the same, since both have what it uses. */
export function requestBody({ model, stream, nonce, pastedChars }: Asked): Buffer {
  const plan = stream === null ? '' : `[bench chunks=${stream.chunks} every=${stream.everyMs}] `;
  const pasted = codeLine.repeat(Math.ceil(pastedChars / codeLine.length));
  return Buffer.from(
    `{"model":"${model}","max_tokens":1024,${stream === null ? '' : '"stream":true,'}"messages":[{"role":"user","content":` +
      `"${plan}Explain in one sentence what the function sum${nonce} does.${pasted}"}]}`,
  );
}

/** The plan that a request's body names, a short one without any; null: the answer is wanted whole. */
export function plannedStream(body: Buffer): Asked['stream'] {
  if (!body.includes('"stream":true')) return null;
  const at = body.indexOf('[bench ');
  if (at < 0) return { chunks: 3, everyMs: 0 };
  const found = /chunks=(\d+) every=(\d+)/.exec(body.toString('latin1', at, at + 80));
  return { chunks: Number(found?.[1] ?? 1), everyMs: Number(found?.[2] ?? 0) };
}

const openaiWhole = {
  ...{ id: 'chatcmpl-bench', object: 'chat.completion', created: 1_700_000_000, model: 'bench' },
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'It adds up the numbers of a list and returns their sum.' },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: '{prompt}', completion_tokens: 20, total_tokens: 40 },
};

const anthropicWhole = {
  ...{ id: 'msg_bench', type: 'message', role: 'assistant', model: 'bench' },
  content: [{ type: 'text', text: 'It adds up the numbers of a list and returns their sum.' }],
  ...{ stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: '{prompt}', output_tokens: 20 } },
};

const wholeBody: Readonly<Record<Format, string>> = {
  'openai-chat': JSON.stringify(openaiWhole),
  'anthropic-messages': JSON.stringify(anthropicWhole),
};

/** An answer in one piece; `read`: tokens of the prompt, since a router believes what it is told of them. */
export function wholeAnswer(format: Format, read: number): string {
  const body = wholeBody[format].replace(promptTokens, String(read));
  return (
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
    `connection: keep-alive\r\n\r\n${body}`
  );
}

/** About as many as a body of so many bytes has. */
export function promptTokensOf(body: Buffer): number {
  return Math.ceil(body.length / 4);
}

/** Stands in the templates for their number. */
const promptTokens = '"{prompt}"';

const openaiHead =
  '{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":[{"index":0,';

export const streamHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nconnection: keep-alive\r\n' +
  'transfer-encoding: chunked\r\n\r\n';

/** What comes before the first text, the text, and the end, each with the framing of an HTTP chunk. */
export const streamParts: Readonly<
  Record<
    Format,
    { opening: (read: number) => string; text: (text: string) => string; closing: (read: number) => string }
  >
> = {
  'openai-chat': {
    opening: () => '',
    text: (text) => framed(`data: ${openaiHead}"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`),
    closing: (read) =>
      framed(
        `data: ${openaiHead}"delta":{},"finish_reason":"stop"}]}\n\n` +
          `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":[],` +
          `"usage":{"prompt_tokens":${read},"completion_tokens":20,"total_tokens":40}}\n\ndata: [DONE]\n\n`,
      ) + '0\r\n\r\n',
  },
  'anthropic-messages': {
    opening: (read) =>
      framed(
        event('message_start', {
          message: {
            ...{ id: 'msg_bench', type: 'message', role: 'assistant', model: 'bench', content: [] },
            ...{ stop_reason: null, stop_sequence: null, usage: { input_tokens: read, output_tokens: 1 } },
          },
        }) + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ),
    text: (text) =>
      framed(
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,' +
          `"delta":{"type":"text_delta","text":"${text}"}}\n\n`,
      ),
    closing: () =>
      framed(
        event('content_block_stop', { index: 0 }) +
          event('message_delta', {
            delta: { stop_reason: 'end_turn', stop_sequence: null },
            usage: { output_tokens: 20 },
          }) +
          event('message_stop', {}),
      ) + '0\r\n\r\n',
  },
};

/** Every piece of text says when it was sent, by the machine's own clock: `<123456789> `. */
export const stampPattern = /<(\d+)> /g;

/** Microseconds of a clock that all processes of the machine share. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function framed(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
