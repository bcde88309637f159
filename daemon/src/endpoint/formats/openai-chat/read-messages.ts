/** The messages of a chat completion request in the common form. */
import type { ModelMessage } from '../../../providers/model-call.ts';
import type { FilePart } from '../files.ts';
import { fileFromUrl } from '../files.ts';
import { signatureOptions } from './signature.ts';
import { inputOf } from '../tool-input.ts';
import type { ChatContent, ChatMessageIn } from './request-schema.ts';

type Part = Exclude<ChatContent, string>[number];
type UserPart = Extract<ModelMessage, { role: 'user' }>['content'][number];
type AssistantPart = Extract<ModelMessage, { role: 'assistant' }>['content'][number];
type ResultPart = Extract<
  Extract<ModelMessage, { role: 'tool' }>['content'][number],
  { type: 'tool-result' }
>;
type Output = ResultPart['output'];
type AssistantMessage = Extract<ChatMessageIn, { role: 'assistant' }>;

export class MessageReader {
  /** Names of what the common form can't carry. */
  readonly untranslatable: string[] = [];
  /** Why the request is refused; null: it is not. */
  problem: string | null = null;
  /** Names of the tools that were called, by the calls' ids: a result names only the call. */
  readonly #toolNames = new Map<string, string>();

  read(messages: readonly ChatMessageIn[]): ModelMessage[] {
    return messages.flatMap((message) => this.#message(message));
  }

  #message(message: ChatMessageIn): ModelMessage[] {
    switch (message.role) {
      case 'system':
      case 'developer': {
        const content = this.#text(message.content);
        return content === '' ? [] : [{ role: 'system', content, ...cacheOptions(message.content) }];
      }
      case 'user': {
        const content = this.#userParts(message.content);
        const options = message.name == null ? {} : { providerOptions: { openai: { name: message.name } } };
        return content.length === 0 ? [] : [{ role: 'user', content, ...options }];
      }
      case 'assistant': {
        const content = this.#answerParts(message);
        return content.length === 0 ? [] : [{ role: 'assistant', content }];
      }
      case 'tool': {
        const toolCallId = message.tool_call_id;
        const toolName = this.#toolNames.get(toolCallId) ?? 'unknown';
        const output = this.#output(message.content);
        return [{ role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] }];
      }
      case 'unknown':
        this.#lose(`messages.${message.name}`);
        return [];
    }
  }

  #text(content: ChatContent): string {
    if (typeof content === 'string') return content;
    return content.map((part) => (part.type === 'text' ? part.text : this.#losePart(part))).join('\n');
  }

  #userParts(content: ChatContent): UserPart[] {
    if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
    return content.flatMap((part): UserPart[] => {
      switch (part.type) {
        case 'text':
          return part.text === '' ? [] : [{ type: 'text', text: part.text, ...cacheOptions([part]) }];
        case 'image_url':
        case 'file':
          return this.#file(part);
        case 'refusal':
        case 'unknown':
          this.#losePart(part);
          return [];
      }
    });
  }

  #file(part: Extract<Part, { type: 'image_url' | 'file' }>): FilePart[] {
    if (part.type === 'image_url') {
      const { url, detail } = part.image_url;
      const file = fileFromUrl(url, 'image');
      if (file === null)
        this.problem ??= 'An image_url is neither a data URL in base64 nor an address on the web.';
      if (file === null) return [];
      return [detail == null ? file : { ...file, providerOptions: { openai: { imageDetail: detail } } }];
    }
    const { file_data: data, filename } = part.file;
    if (data == null) {
      // A file that was uploaded to one vendor can't be read by another.
      this.#lose('messages.content.file.file_id');
      return [];
    }
    const url = /^data:/i.test(data) ? data : `data:application/pdf;base64,${data}`;
    const file = fileFromUrl(url, 'application/pdf');
    if (file === null) this.problem ??= 'A file_data is not in base64.';
    return file === null ? [] : [filename == null ? file : { ...file, filename }];
  }

  #answerParts(message: AssistantMessage): AssistantPart[] {
    const thinking = message.reasoning_content ?? message.reasoning ?? '';
    if (message.function_call != null) this.#lose('messages.function_call');
    if (message.audio != null) this.#lose('messages.audio');
    return [
      ...(thinking === '' ? [] : [{ type: 'reasoning' as const, text: thinking }]),
      ...this.#answerTexts(message).map((text) => ({ type: 'text' as const, text })),
      ...(message.tool_calls ?? []).flatMap((call) => this.#call(call)),
    ];
  }

  #answerTexts({ content, refusal }: AssistantMessage): string[] {
    const parts: readonly Part[] =
      typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
    const texts = parts.map((part) => {
      if (part.type === 'text') return part.text;
      return part.type === 'refusal' ? part.refusal : this.#losePart(part);
    });
    return [...texts, refusal ?? ''].filter((text) => text !== '');
  }

  #call(call: NonNullable<AssistantMessage['tool_calls']>[number]): AssistantPart[] {
    if (call.type === 'unknown') {
      this.#lose(`messages.tool_calls.${call.name}`);
      return [];
    }
    const { name: toolName, arguments: json } = call.function;
    this.#toolNames.set(call.id, toolName);
    const signed = signatureOptions(call.extra_content?.google?.thought_signature);
    return [{ type: 'tool-call', toolCallId: call.id, toolName, input: inputOf(json), ...signed }];
  }

  #output(content: ChatContent): Output {
    if (typeof content === 'string') return { type: 'text', value: content };
    const parts = this.#userParts(content);
    return parts.every((part) => part.type === 'text')
      ? { type: 'text', value: parts.map((part) => part.text).join('\n') }
      : { type: 'content', value: parts };
  }

  #losePart(part: Part): string {
    this.#lose(`messages.content.${part.type === 'unknown' ? part.name : part.type}`);
    return '';
  }

  #lose(name: string): void {
    if (!this.untranslatable.includes(name) && this.untranslatable.length < 50)
      this.untranslatable.push(name);
  }
}

/** A wish to have the prompt cached up to here, which clients of this format send to Anthropic's models. */
function cacheOptions(content: ChatContent): Pick<UserPart, 'providerOptions'> {
  if (typeof content === 'string') return {};
  for (const part of content.toReversed()) {
    if (part.type !== 'text' || part.cache_control == null) continue;
    const { type, ttl } = part.cache_control;
    return { providerOptions: { anthropic: { cacheControl: { type, ...(ttl != null && { ttl }) } } } };
  }
  return {};
}
