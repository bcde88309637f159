/**
 * The OpenAI wire: `GET /v1/models` and `POST /v1/chat/completions`, as llama.cpp's server, LM Studio, vLLM and
 * OpenRouter speak it. The models list carries vLLM's `max_model_len`, the most common way to tell the window.
 */
import * as z from 'zod';
import type {
  AnswerEnd,
  AnswerWriter,
  ChatReading,
  ChatRequest,
  DemoModel,
  WireFormat,
  WireProblem,
} from './format.ts';
import { demoMark, demoToolCall, halves, invalidRequest } from './format.ts';
import type { FaultStatus } from '../faults.ts';
import { sseEvent } from './sse.ts';

const contentSchema = z
  .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))])
  .nullish();

const chatSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
});

/** The OpenAI-compatible format over these models. */
export function createOpenaiFormat(models: readonly DemoModel[]): WireFormat {
  return {
    streamContentType: 'text/event-stream; charset=utf-8',
    match(method, path) {
      if (method === 'POST' && path === '/v1/chat/completions') return { kind: 'answer' };
      if (method === 'GET' && path === '/v1/models') {
        return { kind: 'lookup', reply: () => ({ ok: true, body: JSON.stringify(modelList(models)) }) };
      }
      return undefined;
    },
    readChat: (body) => readChat(models, body),
    begin: (chat, _inputTokens, ordinal) => beginAnswer(chat, ordinal),
    problem: (problem) => {
      const { status, error } = describe(problem);
      return { status, body: JSON.stringify({ error }) };
    },
    errorEvent: (problem) => sseEvent({ error: describe(problem).error }),
    malformedEvent: () => sseEvent('{"id":"chatcmpl-demo","choices":[{"delta":{"content":'),
    rateLimitHeaders: ({ limit, remaining, resetInSeconds }) => ({
      'x-ratelimit-limit-requests': String(limit),
      'x-ratelimit-remaining-requests': String(remaining),
      'x-ratelimit-reset-requests': `${resetInSeconds}s`,
    }),
  };
}

function modelList(models: readonly DemoModel[]): object {
  return {
    object: 'list',
    data: models.map((model) => ({
      id: model.id,
      object: 'model',
      created: 1_767_225_600,
      owned_by: 'demo',
      name: model.label,
      max_model_len: model.contextWindow,
    })),
  };
}

function readChat(models: readonly DemoModel[], body: unknown): ChatReading {
  const parsed = chatSchema.safeParse(body);
  if (!parsed.success) return invalidRequest(parsed.error);
  const request = parsed.data;
  const model = models.find(({ id }) => id === request.model);
  if (model === undefined) return { ok: false, problem: { reason: 'unknown-model', model: request.model } };
  return {
    ok: true,
    chat: {
      model,
      stream: request.stream ?? false,
      includeUsage: request.stream_options?.include_usage ?? false,
      maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
      messages: request.messages.map(({ role, content }) => ({ role: roleOf(role), text: textOf(content) })),
    },
  };
}

function roleOf(role: string): ChatRequest['messages'][number]['role'] {
  if (role === 'assistant' || role === 'tool' || role === 'user') return role;
  return role === 'system' || role === 'developer' ? 'system' : 'user';
}

function textOf(content: z.infer<typeof contentSchema>): string {
  if (content === null || content === undefined) return '';
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('\n');
}

function beginAnswer(chat: ChatRequest, ordinal: number): AnswerWriter {
  const common = {
    id: `chatcmpl-demo-${ordinal}`,
    created: Math.floor(Date.now() / 1000),
    model: chat.model.id,
  };
  const event = (delta: object, finishReason: string | null): string =>
    sseEvent({
      ...common,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
      ...(chat.includeUsage ? { usage: null } : {}),
    });
  return {
    opening: () => event({ role: 'assistant', content: '' }, null),
    chunk: (text) => event({ content: text }, null),
    closing(end) {
      const usage = chat.includeUsage ? usageOf(end) : undefined;
      const usageEvent =
        usage === undefined
          ? ''
          : sseEvent({ ...common, object: 'chat.completion.chunk', choices: [], usage });
      return event({}, finishReasonOf(end)) + usageEvent + sseEvent('[DONE]');
    },
    toolCall() {
      const call = { index: 0, id: `call_demo_${ordinal}`, type: 'function' };
      const piece = (text: string) =>
        event({ tool_calls: [{ index: 0, function: { arguments: text } }] }, null);
      const [first, second] = halves(JSON.stringify(demoToolCall.arguments));
      const begin = { ...call, function: { name: demoToolCall.name, arguments: '' } };
      return [event({ tool_calls: [begin] }, null), piece(first), piece(second)];
    },
    ping: () => ': demo keep-alive\n\n',
    whole: (text, end) =>
      JSON.stringify({
        ...common,
        object: 'chat.completion',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: text, refusal: null },
            logprobs: null,
            finish_reason: finishReasonOf(end),
          },
        ],
        usage: usageOf(end),
      }),
  };
}

function finishReasonOf(end: AnswerEnd): string {
  switch (end.reason) {
    case 'stop':
    case 'load':
      return 'stop';
    case 'length':
      return 'length';
    case 'refusal':
      return 'content_filter';
    case 'tool-calls':
      return 'tool_calls';
  }
}

function usageOf(end: AnswerEnd): object | undefined {
  if (end.usage === undefined) return undefined;
  const { inputTokens, outputTokens } = end.usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

interface OpenaiError {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | number | null;
}

function describe(problem: WireProblem): { status: number; error: OpenaiError } {
  const error = (
    status: number,
    message: string,
    code: string | number | null,
    type = 'invalid_request_error',
  ) => ({
    status,
    error: { message: `${message} ${demoMark}`, type, param: null, code },
  });
  switch (problem.reason) {
    case 'invalid-json':
      return error(400, 'We could not parse the JSON body of your request.', null);
    case 'invalid-request':
      return error(400, `Invalid value: ${problem.detail}`, 'invalid_value');
    case 'too-large':
      return error(413, 'Request body is larger than 32 MB.', 'request_too_large');
    case 'unknown-path':
      return error(404, 'Invalid URL', null);
    case 'unknown-model':
      return error(
        404,
        `The model \`${problem.model}\` does not exist or you do not have access to it.`,
        'model_not_found',
      );
    case 'context-length':
      return error(
        400,
        `This model's maximum context length is ${problem.contextWindow} tokens. However, your messages resulted in ` +
          `${problem.inputTokens} tokens. Please reduce the length of the messages.`,
        'context_length_exceeded',
      );
    case 'content-policy':
      return error(
        400,
        'Your request was rejected as a result of our safety system.',
        'content_policy_violation',
      );
    case 'quota-exhausted':
      return error(
        429,
        'You exceeded your current quota, please check your plan and billing details.',
        'insufficient_quota',
        'insufficient_quota',
      );
    case 'echo':
      return error(problem.status, `Incorrect API key provided: ${problem.key}.`, 'invalid_api_key');
    case 'status':
      return error(problem.status, ...statusErrors[problem.status]);
  }
}

const statusErrors: Readonly<
  Record<FaultStatus, [message: string, code: string | number | null, type?: string]>
> = {
  400: ['Invalid request.', null],
  401: ['Incorrect API key provided.', 'invalid_api_key'],
  402: [
    'Insufficient credits. Add more credits to your account and retry the request.',
    402,
    'billing_error',
  ],
  403: ['You are not allowed to sample from this model.', 'permission_denied', 'permission_error'],
  404: ['The requested resource was not found.', 'not_found'],
  413: ['Request too large.', 'request_too_large'],
  429: ['Rate limit reached for requests. Please slow down.', 'rate_limit_exceeded', 'requests'],
  500: ['The server had an error while processing your request. Sorry about that!', null, 'server_error'],
  503: ['The engine is currently overloaded, please try again later.', null, 'server_error'],
  529: ['The provider is overloaded.', 529, 'overloaded_error'],
};
