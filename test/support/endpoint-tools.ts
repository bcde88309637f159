/** The three client libraries as one kind of tool: a question, its tools, a second turn with their results, and what came. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import type { LanguageModel, ModelMessage, ToolSet } from 'ai';
import { generateText, jsonSchema, streamText } from 'ai';
import OpenAI from 'openai';
import type { WireFormat } from '../../daemon/src/providers/model-call.ts';

export interface ToolAnswer {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  readonly finish: string | null;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

export interface Question {
  readonly model: string;
  readonly stream: boolean;
  /** A call that was made before, and its result. */
  readonly history?: { readonly call: ToolAnswer['calls'][number]; readonly result: string };
  readonly onText?: () => void;
  readonly signal?: AbortSignal;
}

export interface Tool {
  readonly name: string;
  readonly format: WireFormat;
  /** Rejects with the library's own error. */
  readonly ask: (question: Question) => Promise<ToolAnswer>;
}

const asked = 'Where is it?';
const schema = {
  type: 'object' as const,
  properties: { path: { type: 'string' as const } },
  required: ['path'],
};
const description = 'Reads a file.';
const maxTokens = 300;

/** @param address of the endpoint, without a path */
export function toolsAt(address: string, key: string): readonly Tool[] {
  const compatible = createOpenAICompatible({
    name: 'router',
    baseURL: `${address}/v1`,
    apiKey: key,
    includeUsage: true,
  });
  const messages = createAnthropic({ baseURL: `${address}/v1`, apiKey: key });
  return [
    openaiTool(new OpenAI({ baseURL: `${address}/v1`, apiKey: key, maxRetries: 0 })),
    anthropicTool(new Anthropic({ baseURL: address, apiKey: key, maxRetries: 0 })),
    aiSdkTool('openai-chat', (model) => compatible(model)),
    aiSdkTool('anthropic-messages', (model) => messages(model)),
  ];
}

function openaiTool(client: OpenAI): Tool {
  return {
    name: 'the openai library',
    format: 'openai-chat',
    async ask({ model, stream, history, onText, signal }) {
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: asked }];
      if (history !== undefined) {
        const { call, result } = history;
        const call_ = { name: call.name, arguments: JSON.stringify(call.input) };
        messages.push({
          role: 'assistant',
          tool_calls: [{ id: call.id, type: 'function', function: call_ }],
        });
        messages.push({ role: 'tool', tool_call_id: call.id, content: result });
      }
      const body = {
        ...{ model, messages, max_completion_tokens: maxTokens },
        tools: [{ type: 'function' as const, function: { name: 'read', description, parameters: schema } }],
      };
      const completion = stream
        ? await openaiStream(client, body, { onText, signal })
        : await client.chat.completions.create(body, { signal });
      const choice = completion.choices[0];
      return {
        text: choice?.message.content ?? '',
        calls: (choice?.message.tool_calls ?? []).flatMap((call) =>
          call.type === 'function'
            ? [
                {
                  id: call.id,
                  name: call.function.name,
                  input: JSON.parse(call.function.arguments) as unknown,
                },
              ]
            : [],
        ),
        finish: choice?.finish_reason ?? null,
        inputTokens: completion.usage?.prompt_tokens,
        outputTokens: completion.usage?.completion_tokens,
      };
    },
  };
}

function openaiStream(
  client: OpenAI,
  body: OpenAI.ChatCompletionCreateParamsNonStreaming,
  { onText, signal }: { readonly onText: (() => void) | undefined; readonly signal: AbortSignal | undefined },
): Promise<OpenAI.ChatCompletion> {
  const stream = client.chat.completions.stream(
    { ...body, stream: true, stream_options: { include_usage: true } },
    { signal },
  );
  stream.on('content', () => onText?.());
  return stream.finalChatCompletion();
}

function anthropicTool(client: Anthropic): Tool {
  return {
    name: 'the anthropic library',
    format: 'anthropic-messages',
    async ask({ model, stream, history, onText, signal }) {
      const messages: Anthropic.MessageParam[] = [{ role: 'user', content: asked }];
      if (history !== undefined) {
        const { call, result } = history;
        messages.push({ role: 'assistant', content: [{ type: 'tool_use', ...call }] });
        messages.push({
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: call.id, content: result }],
        });
      }
      const body = {
        model,
        max_tokens: maxTokens,
        messages,
        tools: [{ name: 'read', description, input_schema: schema }],
      };
      const answer = stream
        ? await client.messages
            .stream(body, { signal })
            .on('text', () => onText?.())
            .finalMessage()
        : await client.messages.create(body, { signal });
      const { content, stop_reason, usage } = answer;
      return {
        text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
        calls: content.flatMap((block) =>
          block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
        ),
        finish: stop_reason === 'tool_use' ? 'tool_calls' : stop_reason === 'end_turn' ? 'stop' : stop_reason,
        inputTokens: usage.input_tokens + (usage.cache_read_input_tokens ?? 0),
        outputTokens: usage.output_tokens,
      };
    },
  };
}

function aiSdkTool(format: WireFormat, modelOf: (id: string) => LanguageModel): Tool {
  return {
    name: `the AI SDK (${format})`,
    format,
    async ask({ model, stream, history, onText, signal }) {
      const messages: ModelMessage[] = [{ role: 'user', content: asked }];
      if (history !== undefined) {
        const { call, result } = history;
        const named = { toolCallId: call.id, toolName: call.name };
        messages.push({ role: 'assistant', content: [{ type: 'tool-call', ...named, input: call.input }] });
        const output = { type: 'text' as const, value: result };
        messages.push({ role: 'tool', content: [{ type: 'tool-result', ...named, output }] });
      }
      const body = {
        ...{ model: modelOf(model), messages, maxRetries: 0, maxOutputTokens: maxTokens },
        // The library's types know no exact optional fields.
        tools: { read: { description, inputSchema: jsonSchema(schema) } } as ToolSet,
        ...(signal && { abortSignal: signal }),
      };
      const result = stream ? await aiStream(body, onText) : await generateText(body);
      return {
        text: result.text,
        calls: result.toolCalls.map(({ toolCallId, toolName, input }) => ({
          ...{ id: toolCallId, name: toolName, input: input as unknown },
        })),
        finish: result.finishReason === 'tool-calls' ? 'tool_calls' : result.finishReason,
        inputTokens: result.usage.inputTokens,
        outputTokens: result.usage.outputTokens,
      };
    },
  };
}

async function aiStream(body: Parameters<typeof streamText>[0], onText: (() => void) | undefined) {
  const errors: unknown[] = [];
  const result = streamText({ ...body, onError: ({ error }) => void errors.push(error) });
  for await (const part of result.stream) {
    if (part.type === 'text-delta') onText?.();
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw new Error('aborted');
  }
  return {
    ...{ text: await result.text, toolCalls: await result.toolCalls },
    ...{ finishReason: await result.finishReason, usage: await result.usage },
  };
}
