/**
 * A request of Anthropic's Messages, as far as it must be understood. Fields that are not listed stay in the bytes and
 * are judged by name (fields.ts); kinds of blocks and tools that are not listed become `unknown`.
 */
import * as z from 'zod';
import { orUnknown, unknownSchema } from '../known-types.ts';
import { cacheControl, count, id, name, schemaSchema, text } from '../request-fields.ts';

const cached = { cache_control: cacheControl };

const textBlock = z.object({ type: z.literal('text'), text, ...cached });
const sourceKinds = new Set(['base64', 'url', 'text', 'content']);
const imageBlock = z.object({
  type: z.literal('image'),
  source: z.preprocess(
    orUnknown(sourceKinds),
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('base64'), media_type: z.string().max(100), data: text }),
      z.object({ type: z.literal('url'), url: text }),
      unknownSchema,
    ]),
  ),
  ...cached,
});
const documentBlock = z.object({
  type: z.literal('document'),
  source: z.preprocess(
    orUnknown(sourceKinds),
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('base64'), media_type: z.string().max(100), data: text }),
      z.object({ type: z.literal('url'), url: text }),
      z.object({ type: z.literal('text'), media_type: z.string().max(100), data: text }),
      z.object({ type: z.literal('content'), content: z.union([text, z.array(z.unknown()).max(5000)]) }),
      unknownSchema,
    ]),
  ),
  title: z.string().max(1000).nullish(),
  context: text.nullish(),
  citations: z.object({ enabled: z.boolean().nullish() }).nullish(),
  ...cached,
});
/** A tool that was searched for and found: from here on the model knows its definition. */
const toolReference = z.object({ type: z.literal('tool_reference'), tool_name: name, ...cached });
const resultBlock = z.preprocess(
  orUnknown(new Set(['text', 'image', 'document', 'tool_reference'])),
  z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock, toolReference, unknownSchema]),
);
const userBlock = z.preprocess(
  orUnknown(new Set(['text', 'image', 'document', 'tool_result'])),
  z.discriminatedUnion('type', [
    textBlock,
    imageBlock,
    documentBlock,
    z.object({
      type: z.literal('tool_result'),
      tool_use_id: id,
      content: z.union([text, z.array(resultBlock).max(5000)]).nullish(),
      is_error: z.boolean().nullish(),
      ...cached,
    }),
    unknownSchema,
  ]),
);
const assistantBlock = z.preprocess(
  orUnknown(new Set(['text', 'thinking', 'redacted_thinking', 'tool_use'])),
  z.discriminatedUnion('type', [
    textBlock,
    z.object({ type: z.literal('thinking'), thinking: text, signature: text.nullish() }),
    z.object({ type: z.literal('redacted_thinking'), data: text }),
    z.object({ type: z.literal('tool_use'), id, name, input: schemaSchema.nullish(), ...cached }),
    unknownSchema,
  ]),
);

const messageSchema = z.discriminatedUnion('role', [
  z.object({ role: z.literal('user'), content: z.union([text, z.array(userBlock).max(5000)]) }),
  z.object({ role: z.literal('assistant'), content: z.union([text, z.array(assistantBlock).max(5000)]) }),
  z.object({ role: z.literal('system'), content: z.union([text, z.array(textBlock).max(5000)]) }),
]);

const toolSchema = z.preprocess(
  // A tool of the client's own has no type, or this one.
  (raw) => orUnknown(new Set(['custom']))(withDefaultType(raw)),
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal('custom'),
      name,
      description: text.nullish(),
      input_schema: schemaSchema,
      strict: z.boolean().nullish(),
      defer_loading: z.boolean().nullish(),
      ...cached,
    }),
    unknownSchema,
  ]),
);

function withDefaultType(raw: unknown): unknown {
  const isPlain = typeof raw === 'object' && raw !== null && (!('type' in raw) || raw.type === null);
  return isPlain ? { ...raw, type: 'custom' } : raw;
}

const toolChoiceSchema = z.preprocess(
  orUnknown(new Set(['auto', 'any', 'none', 'tool'])),
  z.discriminatedUnion('type', [
    z.object({
      type: z.literal(['auto', 'any', 'none']),
      disable_parallel_tool_use: z.boolean().nullish(),
    }),
    z.object({ type: z.literal('tool'), name, disable_parallel_tool_use: z.boolean().nullish() }),
    unknownSchema,
  ]),
);

const thinkingSchema = z.preprocess(
  orUnknown(new Set(['enabled', 'adaptive', 'disabled'])),
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('enabled'), budget_tokens: count.nullish() }),
    z.object({ type: z.literal('adaptive'), display: z.string().max(50).nullish() }),
    z.object({ type: z.literal('disabled') }),
    unknownSchema,
  ]),
);

const outputFormatSchema = z.preprocess(
  orUnknown(new Set(['json_schema'])),
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('json_schema'), schema: schemaSchema }),
    unknownSchema,
  ]),
);

export const requestSchema = z.object({
  model: z.string().min(1).max(512),
  messages: z.array(messageSchema).min(1).max(20_000),
  system: z.union([text, z.array(textBlock).max(5000)]).nullish(),
  max_tokens: count.nullish(),
  tools: z.array(toolSchema).max(2000).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  thinking: thinkingSchema.nullish(),
  output_config: z
    .looseObject({ effort: z.string().max(50).nullish(), format: outputFormatSchema.nullish() })
    .nullish(),
  output_format: outputFormatSchema.nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().nullish(),
  stop_sequences: z.array(text).max(1000).nullish(),
  metadata: z.looseObject({ user_id: text.nullish() }).nullish(),
  cache_control: cacheControl,
  stream: z.boolean().nullish(),
});

export type MessagesRequest = z.infer<typeof requestSchema>;
export type MessageIn = MessagesRequest['messages'][number];
export type UserBlock = z.infer<typeof userBlock>;
export type ResultContent = z.infer<typeof resultBlock>;
export type AssistantBlock = z.infer<typeof assistantBlock>;
export type CacheControl = z.infer<typeof cacheControl>;
