/**
 * A call between the two forms it has here: the conversation of a task of ours, which is text alone, and the client
 * libraries' form with tools and images. Size and prompt cache are judged by the text that a model will read, whatever
 * form it came in.
 */
import type { LanguageModelV4ToolResultOutput } from '@ai-sdk/provider';
import type { ChatMessage } from '@task-router/protocol';
import type { ModelCall, ModelMessage } from './model-call.ts';

/** What an image or another file takes of a window, as characters of text: vendors count about 1,000 tokens for a screenshot. */
const fileChars = 4_000;

/** The text that a model reads of one message. */
export interface CallText {
  readonly role: ModelMessage['role'];
  readonly text: string;
}

/** The call of a conversation in text. Empty messages are left out: several providers refuse them, and they say nothing. */
export function callOf(messages: readonly ChatMessage[]): ModelCall {
  return { prompt: messages.flatMap(({ role, text }) => (text === '' ? [] : [messageOf(role, text)])) };
}

/** The same call with more said after it. */
export function withMessages(call: ModelCall, messages: readonly ChatMessage[]): ModelCall {
  return { ...call, prompt: [...call.prompt, ...callOf(messages).prompt] };
}

function messageOf(role: ChatMessage['role'], text: string): ModelMessage {
  return role === 'system' ? { role, content: text } : { role, content: [{ type: 'text', text }] };
}

/** The conversation as text: what a provider takes that knows nothing else. Tools, their calls and images have no place in it. */
export function plainMessages({ prompt }: ModelCall): ChatMessage[] {
  return prompt.flatMap((message): ChatMessage[] => {
    if (message.role === 'tool') return [];
    if (message.role === 'system') return [{ role: message.role, text: message.content }];
    const text = message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
    return text === '' ? [] : [{ role: message.role, text }];
  });
}

/**
 * The text of a call that every server gives its model as it is, in its order. Schemas of tools, their calls and earlier
 * thinking are left out: what a model reads of them is its template's affair.
 */
export function textsOf({ prompt }: ModelCall): CallText[] {
  return prompt.map((message) => ({ role: message.role, text: textOf(message) }));
}

/** Whether `textsOf` is all that a model reads of the call. */
export function isTextAlone({ tools, prompt, responseFormat }: ModelCall): boolean {
  if ((tools ?? []).length > 0 || responseFormat?.type === 'json') return false;
  return prompt.every(
    ({ role, content }) => role === 'system' || content.every(({ type }) => type === 'text'),
  );
}

/** Characters that a model reads, files counted as the text they take the room of: the base of the token estimate. */
export function charsOf({ tools, prompt, responseFormat }: ModelCall): number {
  let chars = tools === undefined ? 0 : jsonChars(tools);
  if (responseFormat?.type === 'json') chars += jsonChars(responseFormat.schema);
  for (const message of prompt) {
    if (message.role === 'system') chars += message.content.length;
    else for (const part of message.content) chars += partChars(part);
  }
  return chars;
}

type Part = Exclude<ModelMessage, { role: 'system' }>['content'][number];

function textOf(message: ModelMessage): string {
  if (message.role === 'system') return message.content;
  const [only] = message.content;
  if (message.content.length === 1 && only?.type === 'text') return only.text;
  return message.content.map(partText).join('\n');
}

function partText(part: Part): string {
  if (part.type === 'text') return part.text;
  return part.type === 'tool-result' ? outputText(part.output) : '';
}

function partChars(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return part.text.length;
    case 'file':
      return part.data.type === 'text' ? part.data.text.length : fileChars;
    case 'tool-call':
      return part.toolName.length + jsonChars(part.input);
    case 'tool-result':
      return outputChars(part.output);
    default:
      return 0;
  }
}

/** The text of a tool's result; files in it have none. */
export function outputText(output: LanguageModelV4ToolResultOutput): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value;
    case 'json':
    case 'error-json':
      return JSON.stringify(output.value);
    case 'execution-denied':
      return output.reason ?? 'Execution of the tool was denied.';
    case 'content':
      return output.value.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  }
}

function outputChars(output: LanguageModelV4ToolResultOutput): number {
  const files = output.type === 'content' ? output.value.filter(({ type }) => type === 'file').length : 0;
  return outputText(output).length + files * fileChars;
}

function jsonChars(value: unknown): number {
  return typeof value === 'string' ? value.length : (JSON.stringify(value) ?? '').length;
}
