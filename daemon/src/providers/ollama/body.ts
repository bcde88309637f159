/**
 * A call as Ollama's `/api/chat` takes it: images beside the text in base64, tools in OpenAI's shape, tool calls with
 * their arguments as objects and without ids (a result follows its call by the tool's name), and a schema as `format`.
 */
import { outputText } from '../call-text.ts';
import type { ModelCall, ModelMessage } from '../model-call.ts';
import type { GenerateRequest } from '../provider.ts';

/** A file that has no place on this wire. */
export class UntoldFile extends Error {}

interface WireMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly images?: readonly string[];
  readonly thinking?: string;
  readonly tool_calls?: readonly object[];
  readonly tool_name?: string;
}

/** The request's body. `numCtx`: the window to ask for; null: left to the server. */
export function bodyOf({ call, modelId, maxOutputTokens }: GenerateRequest, numCtx: number | null): object {
  return {
    model: modelId,
    messages: call.prompt.flatMap(wireMessages),
    stream: true,
    // Ollama would silently cut the prompt to its window, and drop its beginning while writing; an error can be acted on.
    truncate: false,
    shift: false,
    ...toolsOf(call),
    ...formatOf(call),
    ...thinkOf(call),
    options: { ...optionsOf(call, maxOutputTokens), ...(numCtx === null ? {} : { num_ctx: numCtx }) },
  };
}

function wireMessages(message: ModelMessage): WireMessage[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }];
    case 'user': {
      const images = message.content.flatMap(imageOf);
      const content = textOf(message.content);
      return [{ role: 'user', content, ...(images.length > 0 && { images }) }];
    }
    case 'assistant': {
      const calls = message.content.flatMap((part) =>
        part.type === 'tool-call'
          ? [{ function: { name: part.toolName, arguments: argumentsOf(part.input) } }]
          : [],
      );
      const thinking = message.content.flatMap((part) => (part.type === 'reasoning' ? [part.text] : []));
      return [
        {
          role: 'assistant',
          content: textOf(message.content),
          ...(thinking.length > 0 && { thinking: thinking.join('\n') }),
          ...(calls.length > 0 && { tool_calls: calls }),
        },
      ];
    }
    case 'tool':
      return message.content.flatMap((part) =>
        part.type === 'tool-result'
          ? [{ role: 'tool', tool_name: part.toolName, content: outputText(part.output) }]
          : [],
      );
  }
}

type Content = Exclude<ModelMessage, { role: 'system' }>['content'];

function textOf(content: Content): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
}

/** Only what was sent along: this wire knows no addresses, and no other files than images. */
function imageOf(part: Content[number]): string[] {
  if (part.type !== 'file') return [];
  if (part.data.type !== 'data' || !part.mediaType.startsWith('image')) throw new UntoldFile();
  const { data } = part.data;
  return [typeof data === 'string' ? data : Buffer.from(data).toString('base64')];
}

/** Objects on this wire; anything else is wrapped, so that the call stays readable for the model. */
function argumentsOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { value: input };
}

/** This wire knows no choice: without tools none is called, and otherwise the model decides. */
function toolsOf({ tools, toolChoice }: ModelCall): object {
  if (tools === undefined || toolChoice?.type === 'none') return {};
  const wanted = toolChoice?.type === 'tool' ? toolChoice.toolName : null;
  const functions = tools.flatMap((tool) =>
    tool.type === 'function' && (wanted === null || tool.name === wanted)
      ? [
          {
            type: 'function',
            function: { name: tool.name, description: tool.description ?? '', parameters: tool.inputSchema },
          },
        ]
      : [],
  );
  return functions.length === 0 ? {} : { tools: functions };
}

function formatOf({ responseFormat }: ModelCall): object {
  return responseFormat?.type === 'json' ? { format: responseFormat.schema ?? 'json' } : {};
}

/** A wish for thinking can't be told to every model, so only the wish for none is: models without it take that. */
function thinkOf({ reasoning }: ModelCall): object {
  return reasoning === 'none' ? { think: false } : {};
}

function optionsOf(call: ModelCall, maxOutputTokens: number | null): object {
  const named = {
    num_predict: maxOutputTokens,
    temperature: call.temperature,
    top_p: call.topP,
    top_k: call.topK,
    seed: call.seed,
    stop: call.stopSequences,
    presence_penalty: call.presencePenalty,
    frequency_penalty: call.frequencyPenalty,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value != null));
}
