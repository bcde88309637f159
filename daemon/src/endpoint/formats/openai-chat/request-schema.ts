/**
 * A request of OpenAI's Chat Completions, as far as it must be understood. Fields that are not listed stay in the bytes
 * and are judged by name (fields.ts); kinds of messages, parts and tools that are not listed become `unknown`.
 */
import * as z from 'zod';
import { orUnknown, unknownSchema } from '../known-types.ts';
import { cacheControl, count, id, name, schemaSchema, text } from '../request-fields.ts';

const textPart = z.object({ type: z.literal('text'), text, cache_control: cacheControl });
const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.union([
    z.object({ url: text, detail: z.string().max(20).nullish() }),
    z.string().transform((url) => ({ url, detail: null })),
  ]),
  cache_control: cacheControl,
});
const filePart = z.object({
  type: z.literal('file'),
  file: z.object({
    file_data: text.nullish(),
    file_id: id.nullish(),
    filename: z.string().max(1000).nullish(),
  }),
});
const refusalPart = z.object({ type: z.literal('refusal'), refusal: text });
const partSchema = z.preprocess(
  orUnknown(new Set(['text', 'image_url', 'file', 'refusal'])),
  z.discriminatedUnion('type', [textPart, imagePart, filePart, refusalPart, unknownSchema]),
);
const content = z.union([text, z.array(partSchema).max(5000)]);

const toolCallSchema = z.preprocess(
  // Some clients leave the type out: it was the only one for years.
  (raw) => orUnknown(new Set(['function']))(withDefaultType(raw)),
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('function'),
      id,
      // Google's, on its own endpoint of this format; what else stands there is nobody's that is known.
      extra_content: z
        .object({ google: z.object({ thought_signature: text.nullish() }).nullish() })
        .nullish()
        .catch(undefined),
      function: z.object({
        name,
        arguments: z.union([
          text,
          z.null().transform(() => ''),
          schemaSchema.transform((value) => JSON.stringify(value)),
        ]),
      }),
    }),
    unknownSchema,
  ]),
);

function withDefaultType(raw: unknown): unknown {
  return typeof raw === 'object' && raw !== null && !('type' in raw) ? { type: 'function', ...raw } : raw;
}

const messageSchema = z.preprocess(
  orUnknown(new Set(['system', 'developer', 'user', 'assistant', 'tool']), 'role'),
  z.discriminatedUnion('role', [
    z.object({ role: z.literal(['system', 'developer']), content, name: text.nullish() }),
    z.object({ role: z.literal('user'), content, name: text.nullish() }),
    z.object({
      role: z.literal('assistant'),
      content: content.nullish(),
      refusal: text.nullish(),
      reasoning_content: text.nullish().catch(undefined),
      reasoning: text.nullish().catch(undefined),
      tool_calls: z.array(toolCallSchema).max(1000).nullish(),
      function_call: z.unknown().optional(),
      audio: z.unknown().optional(),
    }),
    z.object({ role: z.literal('tool'), tool_call_id: id, content }),
    unknownSchema.extend({ role: z.literal('unknown') }),
  ]),
);

const toolSchema = z.preprocess(
  orUnknown(new Set(['function'])),
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('function'),
      function: z.object({
        name,
        description: text.nullish(),
        parameters: schemaSchema.nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
    unknownSchema,
  ]),
);

const toolChoiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  z.preprocess(
    orUnknown(new Set(['function'])),
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('function'), function: z.object({ name }) }),
      unknownSchema,
    ]),
  ),
]);

const responseFormatSchema = z.preprocess(
  orUnknown(new Set(['text', 'json_object', 'json_schema'])),
  z.discriminatedUnion('type', [
    z.object({ type: z.literal(['text', 'json_object']) }),
    z.object({
      type: z.literal('json_schema'),
      json_schema: z.object({
        name: z.string().max(256).nullish(),
        description: text.nullish(),
        schema: schemaSchema.nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
    unknownSchema,
  ]),
);

export const requestSchema = z.object({
  model: z.string().min(1).max(512),
  messages: z.array(messageSchema).min(1).max(20_000),
  tools: z.array(toolSchema).max(2000).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormatSchema.nullish(),
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  stop: z.union([text, z.array(text).max(100)]).nullish(),
  seed: z.int().nullish(),
  reasoning_effort: z.string().max(50).nullish(),
  verbosity: z.string().max(50).nullish(),
  user: text.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
});

export type ChatRequest = z.infer<typeof requestSchema>;
export type ChatMessageIn = ChatRequest['messages'][number];
export type ChatContent = z.infer<typeof content>;
