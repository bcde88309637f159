/** OpenAI's Responses wire, which its newest models are served by. Errors are those of its older interface. */
import * as z from 'zod';
import type { AnswerEnd, ChatReading, DemoModel, WireFormat } from '../../daemon/src/demo/formats/format.ts';
import { createOpenaiFormat } from '../../daemon/src/demo/formats/openai.ts';
import { sseEvent } from '../../daemon/src/demo/formats/sse.ts';

const contentSchema = z.union([z.string(), z.array(z.object({ text: z.string() }))]);
const bodySchema = z.object({
  model: z.string(),
  stream: z.literal(true),
  store: z.literal(false),
  max_output_tokens: z.int().optional(),
  input: z
    .array(z.object({ role: z.enum(['system', 'developer', 'user', 'assistant']), content: contentSchema }))
    .min(1),
});

const errorSchema = z.object({
  error: z.object({ message: z.string(), code: z.union([z.string(), z.number()]).nullable() }),
});

/** Requests must say that nothing is to be kept. */
export function createResponsesFormat(models: readonly DemoModel[]): WireFormat {
  const older = createOpenaiFormat(models);
  return {
    ...older,
    match: (method, path) =>
      method === 'POST' && path === '/v1/responses' ? { kind: 'answer' } : older.match(method, path),
    readChat: (body) => readChat(models, body),
    begin(chat, _inputTokens, ordinal) {
      const response = { id: `resp_${ordinal}`, created_at: 1_767_225_600, model: chat.model.id };
      const item = { type: 'message', id: `msg_${ordinal}`, role: 'assistant', content: [] };
      return {
        opening: () =>
          sseEvent({ type: 'response.created', response }) +
          sseEvent({ type: 'response.output_item.added', output_index: 0, item }),
        chunk: (text) =>
          sseEvent({ type: 'response.output_text.delta', item_id: item.id, output_index: 0, delta: text }),
        closing: (end) =>
          sseEvent({ type: 'response.output_item.done', output_index: 0, item }) +
          sseEvent(lastEvent(response, end)),
        toolCall: () => [],
        ping: () => ': keep-alive\n\n',
        whole: () => '',
      };
    },
    errorEvent(problem) {
      const { error } = errorSchema.parse(JSON.parse(older.problem(problem).body));
      return sseEvent({
        type: 'error',
        sequence_number: 1,
        code: error.code && String(error.code),
        message: error.message,
      });
    },
    malformedEvent: () => sseEvent('{"type":"response.output_text.delta","delta":'),
  };
}

function readChat(models: readonly DemoModel[], body: unknown): ChatReading {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success)
    return { ok: false, problem: { reason: 'invalid-request', detail: parsed.error.message } };
  const model = models.find(({ id }) => id === parsed.data.model);
  if (model === undefined)
    return { ok: false, problem: { reason: 'unknown-model', model: parsed.data.model } };
  return {
    ok: true,
    chat: {
      model,
      stream: true,
      includeUsage: true,
      maxOutputTokens: parsed.data.max_output_tokens,
      messages: parsed.data.input.map(({ role, content }) => ({
        role: role === 'developer' ? 'system' : role,
        text: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
      })),
    },
  };
}

function lastEvent(response: object, { reason, usage }: AnswerEnd): object {
  const incomplete = {
    length: 'max_output_tokens',
    refusal: 'content_filter',
    stop: null,
    load: null,
    'tool-calls': null,
  }[reason];
  return {
    type: incomplete === null ? 'response.completed' : 'response.incomplete',
    response: {
      ...response,
      incomplete_details: incomplete === null ? null : { reason: incomplete },
      usage: {
        input_tokens: usage?.inputTokens ?? 0,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: usage?.outputTokens ?? 0,
        output_tokens_details: { reasoning_tokens: 0 },
      },
    },
  };
}
