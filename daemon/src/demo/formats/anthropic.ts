/**
 * The Anthropic wire: `GET /v1/models` and `POST /v1/messages` with the real event sequence (message_start,
 * content_block_start, ping, content_block_delta…, content_block_stop, message_delta with usage, message_stop).
 */
import * as z from 'zod';
import type {
  AnswerEnd,
  AnswerWriter,
  ChatMessage,
  ChatReading,
  ChatRequest,
  DemoModel,
  WireFormat,
  WireProblem,
} from './format.ts';
import { demoMark, demoToolCall, halves, invalidRequest } from './format.ts';
import type { FaultStatus } from '../faults.ts';
import { sseEvent } from './sse.ts';

const blockSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  content: z.unknown().optional(),
});
const contentSchema = z.union([z.string(), z.array(blockSchema)]);

const chatSchema = z.looseObject({
  model: z.string(),
  max_tokens: z.int().min(1),
  messages: z
    .array(z.looseObject({ role: z.literal(['user', 'assistant', 'system']), content: contentSchema }))
    .min(1),
  system: contentSchema.nullish(),
  stream: z.boolean().nullish(),
});

/** The Anthropic format over these models. */
export function createAnthropicFormat(models: readonly DemoModel[]): WireFormat {
  return {
    streamContentType: 'text/event-stream; charset=utf-8',
    match(method, path) {
      if (method === 'POST' && path === '/v1/messages') return { kind: 'answer' };
      if (method === 'GET' && path === '/v1/models') {
        return { kind: 'lookup', reply: () => ({ ok: true, body: JSON.stringify(modelList(models)) }) };
      }
      return undefined;
    },
    readChat: (body) => readChat(models, body),
    begin: beginAnswer,
    problem: (problem) => {
      const { status, type, message } = describe(problem);
      return { status, body: JSON.stringify({ ...errorBody(type, message), request_id: 'req_demo' }) };
    },
    errorEvent: (problem) => {
      const { type, message } = describe(problem);
      return sseEvent(errorBody(type, message), 'error');
    },
    malformedEvent: () => sseEvent('{"type":"content_block_delta","index":0,"delta":', 'content_block_delta'),
    rateLimitHeaders: ({ limit, remaining, resetInSeconds }) => ({
      'anthropic-ratelimit-requests-limit': String(limit),
      'anthropic-ratelimit-requests-remaining': String(remaining),
      'anthropic-ratelimit-requests-reset': new Date(Date.now() + resetInSeconds * 1000).toISOString(),
    }),
  };
}

function modelList(models: readonly DemoModel[]): object {
  return {
    data: models.map((model) => ({
      type: 'model',
      id: model.id,
      display_name: model.label,
      created_at: '2026-01-01T00:00:00Z',
      max_input_tokens: model.contextWindow,
      max_tokens: model.maxOutputTokens,
    })),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}

function readChat(models: readonly DemoModel[], body: unknown): ChatReading {
  const parsed = chatSchema.safeParse(body);
  if (!parsed.success) return invalidRequest(parsed.error);
  const request = parsed.data;
  const model = models.find(({ id }) => id === request.model);
  if (model === undefined) return { ok: false, problem: { reason: 'unknown-model', model: request.model } };
  const messages: ChatMessage[] = request.messages.map(({ role, content }) => ({
    role,
    text: textOf(content),
  }));
  if (request.system !== null && request.system !== undefined) {
    messages.unshift({ role: 'system', text: textOf(request.system) });
  }
  return {
    ok: true,
    chat: {
      model,
      stream: request.stream ?? false,
      includeUsage: true,
      maxOutputTokens: request.max_tokens,
      messages,
    },
  };
}

function textOf(content: z.infer<typeof contentSchema>): string {
  if (typeof content === 'string') return content;
  return content.map((block) => block.text ?? toolResultText(block.content)).join('\n');
}

/** A tool_result block nests its text one level deeper. */
function toolResultText(content: unknown): string {
  const parsed = contentSchema.safeParse(content);
  if (!parsed.success) return '';
  return typeof parsed.data === 'string'
    ? parsed.data
    : parsed.data.map((block) => block.text ?? '').join('\n');
}

function beginAnswer(chat: ChatRequest, inputTokens: number, ordinal: number): AnswerWriter {
  const message = { id: `msg_demo_${ordinal}`, type: 'message', role: 'assistant', model: chat.model.id };
  const event = (type: string, fields: object = {}): string => sseEvent({ type, ...fields }, type);
  return {
    opening: () =>
      event('message_start', {
        message: {
          ...message,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: inputTokens, output_tokens: 1 },
        },
      }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      event('ping'),
    chunk: (text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    closing: (end) =>
      event('content_block_stop', { index: end.reason === 'tool-calls' ? 1 : 0 }) +
      event('message_delta', {
        delta: { stop_reason: stopReasonOf(end), stop_sequence: null },
        ...usageOf(end),
      }) +
      event('message_stop'),
    toolCall() {
      const block = { type: 'tool_use', id: `toolu_demo_${ordinal}`, name: demoToolCall.name, input: {} };
      const piece = (text: string) =>
        event('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: text } });
      const [first, second] = halves(JSON.stringify(demoToolCall.arguments));
      const begin =
        event('content_block_stop', { index: 0 }) +
        event('content_block_start', { index: 1, content_block: block });
      return [begin, piece(first), piece(second)];
    },
    ping: () => event('ping'),
    whole: (text, end) =>
      JSON.stringify({
        ...message,
        content: [{ type: 'text', text }],
        stop_reason: stopReasonOf(end),
        stop_sequence: null,
        ...usageOf(end),
      }),
  };
}

function stopReasonOf(end: AnswerEnd): string {
  switch (end.reason) {
    case 'stop':
    case 'load':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'refusal':
      return 'refusal';
    case 'tool-calls':
      return 'tool_use';
  }
}

function usageOf(end: AnswerEnd): object {
  if (end.usage === undefined) return {};
  return { usage: { input_tokens: end.usage.inputTokens, output_tokens: end.usage.outputTokens } };
}

function errorBody(type: string, message: string): object {
  return { type: 'error', error: { type, message } };
}

function describe(problem: WireProblem): { status: number; type: string; message: string } {
  const error = (status: number, message: string, type = 'invalid_request_error') => ({
    status,
    type,
    message: `${message} ${demoMark}`,
  });
  switch (problem.reason) {
    case 'invalid-json':
      return error(400, 'The request body is not valid JSON.');
    case 'invalid-request':
      return error(400, problem.detail);
    case 'too-large':
      return error(413, 'Request exceeds the maximum size of 32 MB.', 'request_too_large');
    case 'unknown-path':
      return error(404, 'Not found.', 'not_found_error');
    case 'unknown-model':
      return error(404, `model: ${problem.model}`, 'not_found_error');
    case 'context-length':
      return error(
        400,
        `prompt is too long: ${problem.inputTokens} tokens > ${problem.contextWindow} maximum`,
      );
    case 'content-policy':
      return error(400, 'Output blocked by content filtering policy.');
    case 'quota-exhausted':
      return error(
        400,
        'Your credit balance is too low to access the API. Please go to Plans & Billing to upgrade or purchase credits.',
      );
    case 'echo':
      return error(problem.status, `invalid x-api-key: ${problem.key}`, 'authentication_error');
    case 'status':
      return error(problem.status, ...statusErrors[problem.status]);
  }
}

const statusErrors: Readonly<Record<FaultStatus, [message: string, type?: string]>> = {
  400: ['Invalid request.'],
  401: ['invalid x-api-key', 'authentication_error'],
  402: ['There is a problem with your billing or payment information.', 'billing_error'],
  403: ['Your API key does not have permission to use the specified resource.', 'permission_error'],
  404: ['The requested resource could not be found.', 'not_found_error'],
  413: ['Request exceeds the maximum allowed number of bytes.', 'request_too_large'],
  429: ["This request would exceed your account's rate limit. Please try again later.", 'rate_limit_error'],
  500: ['Internal server error', 'api_error'],
  503: ['Service unavailable', 'api_error'],
  529: ['Overloaded', 'overloaded_error'],
};
