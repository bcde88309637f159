/**
 * The Ollama wire: `POST /api/chat` as NDJSON, and the lookups a client makes of a local server (tags, version,
 * show, ps). Like the real one it streams unless told not to, loads a model before its first use and keeps it for a
 * while (`ollama-memory.ts`), cuts a prompt to its window unless told not to, and ends a stream with `done_reason`,
 * counts and durations in nanoseconds.
 */
import * as z from 'zod';
import type {
  AnswerEnd,
  AnswerWriter,
  ChatReading,
  ChatRequest,
  DemoModel,
  LoadPace,
  LookupReply,
  WireFormat,
  WireProblem,
} from './format.ts';
import { demoMark, demoToolCall, invalidRequest } from './format.ts';
import { OllamaMemory, defaultWindow } from './ollama-memory.ts';
import type { RunningModel } from './ollama-memory.ts';
import type { FaultStatus } from '../faults.ts';

/** For ever, in a format that wants a date. */
const neverAgain = '2318-01-01T00:00:00Z';
const modifiedAt = '2026-01-01T00:00:00Z';

const chatSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.string().nullish() })).default([]),
  stream: z.boolean().nullish(),
  options: z.looseObject({ num_predict: z.int().nullish(), num_ctx: z.int().min(1).nullish() }).nullish(),
  keep_alive: z.union([z.number(), z.string()]).nullish(),
  truncate: z.boolean().nullish(),
});
const showSchema = z.looseObject({ model: z.string().optional(), name: z.string().optional() });

/** The Ollama format over these models, with a memory of which are loaded. */
export function createOllamaFormat(models: readonly DemoModel[]): WireFormat {
  const memory = new OllamaMemory(() => Date.now());
  const lookups: Readonly<Record<string, (body: unknown) => LookupReply>> = {
    'GET /': () => ({
      ok: true,
      body: 'Ollama is running (demo server)',
      contentType: 'text/plain; charset=utf-8',
    }),
    'GET /api/version': () => ok({ version: '0.0.0-demo' }),
    'GET /api/tags': () =>
      ok({ models: models.map((model) => ({ ...listed(model), modified_at: modifiedAt })) }),
    'GET /api/ps': () => ok({ models: memory.running().map(running) }),
    'POST /api/show': (body) => show(models, body),
  };
  return {
    streamContentType: 'application/x-ndjson',
    match(method, path) {
      if (method === 'POST' && path === '/api/chat') return { kind: 'answer' };
      const reply = lookups[`${method} ${path}`];
      return reply === undefined ? undefined : { kind: 'lookup', reply };
    },
    readChat: (body) => readChat(models, body),
    begin(chat, _inputTokens, _ordinal, pace) {
      if (unloads(chat)) memory.unload(chat.model);
      const takesMs = unloads(chat) ? 0 : memory.use(chat.model, windowOf(chat), chat.keepAlive);
      return beginAnswer(chat, atPace(takesMs, pace));
    },
    problem: (problem) => {
      const { status, message } = describe(problem);
      return { status, body: JSON.stringify({ error: message }) };
    },
    errorEvent: (problem) => line({ error: describe(problem).message }),
    malformedEvent: () => '{"model":"demo","message":{"role":"assistant","content":\n',
    rateLimitHeaders: () => ({}),
  };
}

function readChat(models: readonly DemoModel[], body: unknown): ChatReading {
  const parsed = chatSchema.safeParse(body);
  if (!parsed.success) return invalidRequest(parsed.error);
  const request = parsed.data;
  const model = findModel(models, request.model);
  if (model === undefined) return { ok: false, problem: { reason: 'unknown-model', model: request.model } };
  const limit = request.options?.num_predict ?? -1;
  const window = Math.min(request.options?.num_ctx ?? defaultWindow, model.contextWindow);
  return {
    ok: true,
    chat: {
      model,
      stream: request.stream ?? true,
      includeUsage: true,
      window,
      cutsSilently: request.truncate !== false,
      keepAlive: request.keep_alive,
      // Zero and below mean "no limit" on this wire.
      maxOutputTokens: limit > 0 ? limit : undefined,
      messages: request.messages.map(({ role, content }) => ({ role: roleOf(role), text: content ?? '' })),
    },
  };
}

/** A name without a tag means its `latest`. */
function findModel(models: readonly DemoModel[], name: string): DemoModel | undefined {
  return models.find(({ id }) => id === name || id === `${name}:latest`);
}

function roleOf(role: string): ChatRequest['messages'][number]['role'] {
  return role === 'assistant' || role === 'tool' || role === 'system' ? role : 'user';
}

function windowOf(chat: ChatRequest): number {
  return chat.window ?? chat.model.contextWindow;
}

/** A chat without messages that keeps nothing alive ends the model's stay in memory. */
function unloads({ messages, keepAlive }: ChatRequest): boolean {
  return messages.length === 0 && (keepAlive === 0 || keepAlive === '0' || keepAlive === '0s');
}

function atPace(ms: number, pace: LoadPace = { speed: 1 }): number {
  return pace.speed > 0 ? ms / pace.speed : 0;
}

function beginAnswer(chat: ChatRequest, loadMs: number): AnswerWriter {
  const startedMs = performance.now();
  let firstChunkMs: number | undefined;
  const event = (content: string, rest: object): object => ({
    model: chat.model.id,
    created_at: new Date().toISOString(),
    message: { role: 'assistant', content },
    ...rest,
  });
  const last = (content: string, end: AnswerEnd): object => {
    const nowMs = performance.now();
    const answeringSinceMs = firstChunkMs ?? nowMs;
    return event(content, {
      done: true,
      done_reason: unloads(chat) ? 'unload' : doneReasonOf(end),
      total_duration: nanoseconds(nowMs - startedMs),
      load_duration: nanoseconds(loadMs),
      ...(end.usage === undefined
        ? {}
        : {
            prompt_eval_count: end.usage.inputTokens,
            prompt_eval_cached_count: 0,
            eval_count: end.usage.outputTokens,
          }),
      prompt_eval_duration: nanoseconds(answeringSinceMs - startedMs),
      eval_duration: nanoseconds(nowMs - answeringSinceMs),
    });
  };
  return {
    loadMs,
    opening: () => '',
    chunk(text) {
      firstChunkMs ??= performance.now();
      return line(event(text, { done: false }));
    },
    closing: (end) => line(last('', end)),
    // This wire knows no pieces of a call: each comes whole.
    toolCall: () => [
      line(
        event('', {
          message: { role: 'assistant', content: '', tool_calls: [{ function: demoToolCall }] },
          done: false,
        }),
      ),
    ],
    // NDJSON has no comments; a chunk without text is the only sign of life there is.
    ping: () => line(event('', { done: false })),
    whole: (text, end) => JSON.stringify(last(text, end)),
  };
}

/** This wire knows no refusal and no reason of its own for tool calls: the model just stops. */
function doneReasonOf(end: AnswerEnd): string {
  return end.reason === 'refusal' || end.reason === 'tool-calls' ? 'stop' : end.reason;
}

function show(models: readonly DemoModel[], body: unknown): LookupReply {
  const parsed = showSchema.safeParse(body);
  const name = parsed.success ? (parsed.data.model ?? parsed.data.name) : undefined;
  if (name === undefined)
    return { ok: false, problem: { reason: 'invalid-request', detail: 'model is required' } };
  const model = findModel(models, name);
  if (model === undefined) return { ok: false, problem: { reason: 'unknown-model', model: name } };
  return ok({
    modelfile: '# A scripted demo model: there is nothing to load.\n',
    parameters: `num_ctx ${model.contextWindow}`,
    template: '{{ .Prompt }}',
    details: details(),
    model_info: {
      'general.architecture': 'demo',
      'general.basename': model.label,
      'demo.context_length': model.contextWindow,
    },
    capabilities: ['completion'],
    modified_at: modifiedAt,
  });
}

function running({ model, window, untilMs }: RunningModel): object {
  const expiresAt = untilMs === Infinity ? neverAgain : new Date(untilMs).toISOString();
  return { ...listed(model), expires_at: expiresAt, size_vram: 0, context_length: window };
}

function listed(model: DemoModel): object {
  return {
    name: model.id,
    model: model.id,
    size: model.bytes ?? 0,
    digest: 'd'.repeat(64),
    details: details(),
  };
}

function details(): object {
  return {
    parent_model: '',
    format: 'demo',
    family: 'demo',
    families: ['demo'],
    parameter_size: '0B',
    quantization_level: 'none',
  };
}

function ok(body: object): LookupReply {
  return { ok: true, body: JSON.stringify(body) };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

function describe(problem: WireProblem): { status: number; message: string } {
  const error = (status: number, message: string) => ({ status, message: `${message} ${demoMark}` });
  switch (problem.reason) {
    case 'invalid-json':
      return error(400, 'invalid character in request body');
    case 'invalid-request':
      return error(400, problem.detail);
    case 'too-large':
      return error(413, 'request body too large');
    case 'unknown-path':
      return error(404, '404 page not found');
    case 'unknown-model':
      return error(404, `model '${problem.model}' not found`);
    case 'context-length':
      return error(400, 'the input length exceeds the context length');
    case 'content-policy':
      return error(400, 'the request was rejected by the content policy');
    case 'quota-exhausted':
      return error(429, "you've reached your hourly usage limit, please upgrade to continue");
    case 'echo':
      return error(problem.status, `unauthorized: ${problem.key}`);
    case 'status':
      return error(problem.status, statusErrors[problem.status]);
  }
}

const statusErrors: Readonly<Record<FaultStatus, string>> = {
  400: 'invalid request',
  401: 'unauthorized',
  402: 'this model requires a subscription',
  403: 'access denied',
  404: 'not found',
  413: 'request body too large',
  429: 'too many requests',
  500: 'llama runner process has terminated: exit status 2',
  503: 'server busy, please try again. maximum pending requests exceeded',
  529: 'overloaded',
};
