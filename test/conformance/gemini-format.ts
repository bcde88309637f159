/** Google's Gemini wire, as far as the router uses it: `streamGenerateContent?alt=sse` and the model list. */
import * as z from 'zod';
import type {
  AnswerEnd,
  ChatReading,
  DemoModel,
  WireFormat,
  WireProblem,
} from '../../daemon/src/demo/formats/format.ts';
import { sseEvent } from '../../daemon/src/demo/formats/sse.ts';

const partsSchema = z.object({ parts: z.array(z.object({ text: z.string() })) });
const bodySchema = z.object({
  contents: z.array(partsSchema.extend({ role: z.enum(['user', 'model']) })).min(1),
  systemInstruction: partsSchema.optional(),
  generationConfig: z.object({ maxOutputTokens: z.int().optional() }).optional(),
});

/** The model stands in the path, which a format does not see: there is one. */
export function createGeminiFormat(model: DemoModel): WireFormat {
  return {
    streamContentType: 'text/event-stream',
    match(method, path) {
      if (method === 'POST' && path === `/v1beta/models/${model.id}:streamGenerateContent`)
        return { kind: 'answer' };
      if (method === 'GET' && path === '/v1beta/models') {
        return { kind: 'lookup', reply: () => ({ ok: true, body: JSON.stringify(modelList(model)) }) };
      }
      return undefined;
    },
    readChat: (body) => readChat(model, body),
    begin: () => ({
      opening: () => '',
      chunk: (text) => sseEvent({ candidates: [{ content: { role: 'model', parts: [{ text }] } }] }),
      closing: (end) => sseEvent({ candidates: [{ finishReason: finishReasonOf(end) }], ...usageOf(end) }),
      toolCall: () => [],
      ping: () => ': keep-alive\n\n',
      whole: () => '',
    }),
    problem(problem) {
      const error = describe(problem);
      return { status: error.code, body: JSON.stringify({ error }) };
    },
    errorEvent: (problem) => sseEvent({ error: describe(problem) }),
    malformedEvent: () => sseEvent('{"candidates":[{"content":'),
    rateLimitHeaders: () => ({}),
  };
}

function modelList(model: DemoModel): object {
  return {
    models: [
      {
        name: `models/${model.id}`,
        displayName: model.label,
        inputTokenLimit: model.contextWindow,
        outputTokenLimit: model.maxOutputTokens,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      },
      { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
    ],
  };
}

function readChat(model: DemoModel, body: unknown): ChatReading {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success)
    return { ok: false, problem: { reason: 'invalid-request', detail: parsed.error.message } };
  const { contents, systemInstruction, generationConfig } = parsed.data;
  const textOf = ({ parts }: z.infer<typeof partsSchema>) => parts.map(({ text }) => text).join('');
  return {
    ok: true,
    chat: {
      model,
      stream: true,
      includeUsage: true,
      maxOutputTokens: generationConfig?.maxOutputTokens,
      messages: [
        ...(systemInstruction === undefined
          ? []
          : [{ role: 'system' as const, text: textOf(systemInstruction) }]),
        ...contents.map((each) => ({
          role: each.role === 'model' ? ('assistant' as const) : each.role,
          text: textOf(each),
        })),
      ],
    },
  };
}

function finishReasonOf({ reason }: AnswerEnd): string {
  if (reason === 'length') return 'MAX_TOKENS';
  return reason === 'refusal' ? 'SAFETY' : 'STOP';
}

function usageOf({ usage }: AnswerEnd): object {
  if (usage === undefined) return {};
  return { usageMetadata: { promptTokenCount: usage.inputTokens, candidatesTokenCount: usage.outputTokens } };
}

function describe(problem: WireProblem): { code: number; message: string; status: string } {
  switch (problem.reason) {
    case 'context-length':
      return {
        code: 400,
        message: `The input token count (${problem.inputTokens}) exceeds the maximum number of tokens allowed (${problem.contextWindow}).`,
        status: 'INVALID_ARGUMENT',
      };
    case 'content-policy':
      return {
        code: 400,
        message: 'The prompt was blocked by the content filter.',
        status: 'INVALID_ARGUMENT',
      };
    case 'quota-exhausted':
      return {
        code: 429,
        message:
          'You exceeded your current quota. * Quota exceeded for metric: requests, limit: 0, model: gemini',
        status: 'RESOURCE_EXHAUSTED',
      };
    case 'echo':
      return {
        code: problem.status,
        message: `API key not valid: ${problem.key}`,
        status: 'UNAUTHENTICATED',
      };
    case 'status':
      return {
        code: problem.status,
        message: `Error ${problem.status}.`,
        status: statusWords[problem.status],
      };
    case 'invalid-json':
    case 'invalid-request':
      return { code: 400, message: 'Request contains an invalid argument.', status: 'INVALID_ARGUMENT' };
    case 'too-large':
      return { code: 413, message: 'Request payload size exceeds the limit.', status: 'INVALID_ARGUMENT' };
    case 'unknown-path':
    case 'unknown-model':
      return {
        code: 404,
        message: 'models/unknown is not found for API version v1beta.',
        status: 'NOT_FOUND',
      };
  }
}

const statusWords = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'UNKNOWN',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  529: 'UNAVAILABLE',
} as const;
