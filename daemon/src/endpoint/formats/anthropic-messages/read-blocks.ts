/** The messages of a Messages request in the common form. */
import type { ModelMessage } from '../../../providers/model-call.ts';
import type { FilePart } from '../files.ts';
import { fileFromBase64, fileFromUrl } from '../files.ts';
import type {
  AssistantBlock,
  CacheControl,
  MessageIn,
  MessagesRequest,
  ResultContent,
  UserBlock,
} from './request-schema.ts';
import { metadataFrom } from './seal.ts';

type UserPart = Extract<ModelMessage, { role: 'user' }>['content'][number];
type AssistantPart = Extract<ModelMessage, { role: 'assistant' }>['content'][number];
type ResultPart = Extract<
  Extract<ModelMessage, { role: 'tool' }>['content'][number],
  { type: 'tool-result' }
>;
type FileBlock = Extract<UserBlock, { type: 'image' | 'document' }>;
type ResultBlock = Extract<UserBlock, { type: 'tool_result' }>;
type Options = Pick<UserPart, 'providerOptions'>;

/**
 * By this block Claude Code tells Anthropic its version. It differs from one conversation to the next and stands first, so
 * that no other server could keep the instructions behind it in its cache.
 */
const accountLine = /^x-anthropic-billing-header:.*$/;

export class BlockReader {
  /** Names of what the common form can't carry. */
  readonly untranslatable: string[] = [];
  /** Why the request is refused; null: it is not. */
  problem: string | null = null;
  /** Tools that a search has found: the model may be shown them. */
  readonly foundTools = new Set<string>();
  readonly #toolNames = new Map<string, string>();

  /** Each block is a message of its own, because each may end a cached part of the prompt. */
  system(system: NonNullable<MessagesRequest['system']>): ModelMessage[] {
    const blocks = typeof system === 'string' ? [{ text: system, cache_control: undefined }] : system;
    return blocks
      .filter(({ text }) => text !== '' && !accountLine.test(text))
      .map(({ text, cache_control }) => ({ role: 'system', content: text, ...cacheOptions(cache_control) }));
  }

  messages(messages: readonly MessageIn[]): ModelMessage[] {
    return messages.flatMap((message): ModelMessage[] => {
      switch (message.role) {
        case 'system':
          return this.system(message.content);
        case 'user':
          return this.#user(message.content);
        case 'assistant': {
          const content = this.#answer(message.content);
          return content.length === 0 ? [] : [{ role: 'assistant', content }];
        }
      }
    });
  }

  /** Results of tools come in a user's message here, and before anything else in it. */
  #user(content: string | readonly UserBlock[]): ModelMessage[] {
    if (typeof content === 'string')
      return content === '' ? [] : [userMessage([{ type: 'text', text: content }])];
    const results: ResultPart[] = [];
    const parts: UserPart[] = [];
    for (const block of content) {
      if (block.type === 'tool_result') results.push(this.#result(block));
      else parts.push(...this.#part(block));
    }
    return [
      ...(results.length === 0 ? [] : [{ role: 'tool' as const, content: results }]),
      ...(parts.length === 0 ? [] : [userMessage(parts)]),
    ];
  }

  #part(block: Exclude<UserBlock, ResultBlock>): UserPart[] {
    switch (block.type) {
      case 'text':
        return block.text === ''
          ? []
          : [{ type: 'text', text: block.text, ...cacheOptions(block.cache_control) }];
      case 'image':
      case 'document': {
        const file = this.#file(block);
        return file === null ? [] : [file];
      }
      case 'unknown':
        this.#lose(`messages.content.${block.name}`);
        return [];
    }
  }

  #file(block: FileBlock): FilePart | null {
    const { source } = block;
    const options = block.type === 'image' ? cacheOptions(block.cache_control) : documentOptions(block);
    switch (source.type) {
      case 'base64':
        return { ...fileFromBase64(source.data, source.media_type), ...options };
      case 'url': {
        const file = fileFromUrl(source.url, block.type === 'image' ? 'image' : 'application/pdf');
        if (file === null)
          this.problem ??= `The url of a source of type ${block.type} is no address on the web.`;
        return file === null ? null : { ...file, ...options };
      }
      case 'text':
        return {
          ...{ type: 'file', mediaType: 'text/plain', data: { type: 'text', text: source.data } },
          ...options,
        };
      case 'content':
      case 'unknown':
        // Blocks in a document, or a file that was uploaded to the vendor.
        this.#lose(
          `messages.content.${block.type}.source.${source.type === 'unknown' ? source.name : source.type}`,
        );
        return null;
    }
  }

  #result({ tool_use_id: toolCallId, content, is_error, cache_control }: ResultBlock): ResultPart {
    const toolName = this.#toolNames.get(toolCallId) ?? 'unknown';
    const parts =
      typeof content === 'string'
        ? [{ type: 'text' as const, text: content }]
        : (content ?? []).flatMap((block) => this.#resultPart(block));
    const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
    const isText = texts.length === parts.length;
    const value = texts.join('\n');
    const output: ResultPart['output'] =
      is_error === true
        ? { type: 'error-text', value }
        : isText
          ? { type: 'text', value }
          : { type: 'content', value: parts };
    if (is_error === true && !isText) this.#lose('messages.content.tool_result.is_error with files');
    return { type: 'tool-result', toolCallId, toolName, output, ...cacheOptions(cache_control) };
  }

  /** A search's finding is said in words: elsewhere a tool that is listed needs no more to be called. */
  #resultPart(block: ResultContent): UserPart[] {
    if (block.type !== 'tool_reference') return this.#part(block);
    this.foundTools.add(block.tool_name);
    return [{ type: 'text', text: `The tool ${block.tool_name} can be called now.` }];
  }

  #answer(content: string | readonly AssistantBlock[]): AssistantPart[] {
    if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
    return content.flatMap((block): AssistantPart[] => {
      switch (block.type) {
        case 'text':
          return block.text === ''
            ? []
            : [{ type: 'text', text: block.text, ...cacheOptions(block.cache_control) }];
        case 'thinking': {
          const metadata = metadataFrom(block.signature ?? '');
          return [
            { type: 'reasoning', text: block.thinking, ...(metadata && { providerOptions: metadata }) },
          ];
        }
        case 'redacted_thinking':
          return [
            { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: block.data } } },
          ];
        case 'tool_use': {
          const { id: toolCallId, name: toolName, input, cache_control } = block;
          this.#toolNames.set(toolCallId, toolName);
          return [
            { type: 'tool-call', toolCallId, toolName, input: input ?? {}, ...cacheOptions(cache_control) },
          ];
        }
        case 'unknown':
          this.#lose(`messages.content.${block.name}`);
          return [];
      }
    });
  }

  #lose(name: string): void {
    if (!this.untranslatable.includes(name) && this.untranslatable.length < 50)
      this.untranslatable.push(name);
  }
}

function userMessage(content: UserPart[]): ModelMessage {
  return { role: 'user', content };
}

/** A wish to have the prompt cached up to here. */
export function cacheOptions(cacheControl: CacheControl): Options {
  if (cacheControl == null) return {};
  const { type, ttl } = cacheControl;
  return { providerOptions: { anthropic: { cacheControl: { type, ...(ttl != null && { ttl }) } } } };
}

function documentOptions(block: Extract<FileBlock, { type: 'document' }>): Options & { filename?: string } {
  const { title, context, citations, cache_control } = block;
  const anthropic = {
    ...cacheOptions(cache_control).providerOptions?.['anthropic'],
    ...(title != null && { title }),
    ...(context != null && { context }),
    ...(citations?.enabled === true && { citations: { enabled: true } }),
  };
  return {
    ...(title != null && { filename: title }),
    ...(Object.keys(anthropic).length > 0 && { providerOptions: { anthropic } }),
  };
}
