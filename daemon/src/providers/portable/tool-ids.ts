/**
 * Ids of tool calls in the form that the target accepts, the same in a call and its result. Some models use an id again
 * in a later turn, which Anthropic refuses; the later call gets an id of its own, and its result follows it.
 */
import type { ModelMessage } from '../model-call.ts';
import type { CallTarget } from './target.ts';
import type { NameRule } from './accepted-name.ts';
import { acceptedName } from './accepted-name.ts';

const made: NameRule['make'] = (_id, digest) => `call_${digest.slice(0, 24)}`;
const anthropic: NameRule = { accepts: /^[a-zA-Z0-9_-]{1,64}$/, make: made };
const openai: NameRule = { accepts: /^[\x21-\x7e]{1,40}$/, make: made };
const mistral: NameRule = { accepts: /^[a-zA-Z0-9]{9}$/, make: (_id, digest) => digest.slice(0, 9) };
/** Nobody else is known to be strict; some (Kimi) read meaning out of their own ids, so these stay. */
const anyone: NameRule = { accepts: /^[\x21-\x7e]{1,128}$/, make: made };

const isMistral = /mistral|ministral|magistral|devstral|codestral|pixtral|mixtral/i;

/** The messages with ids that `target` accepts. */
export function withAcceptedIds(prompt: readonly ModelMessage[], target: CallTarget): ModelMessage[] {
  const ids = new IdBook(ruleFor(target));
  for (const { role, content } of prompt) {
    if (role !== 'assistant') continue;
    for (const part of content) if (part.type === 'tool-call') ids.reserve(part.toolCallId);
  }
  return prompt.map((message): ModelMessage => {
    switch (message.role) {
      case 'system':
      case 'user':
        return message;
      case 'assistant':
        return {
          ...message,
          content: message.content.map((part) => {
            if (part.type === 'tool-call') return { ...part, toolCallId: ids.forCall(part.toolCallId) };
            return part.type === 'tool-result'
              ? { ...part, toolCallId: ids.forResult(part.toolCallId) }
              : part;
          }),
        };
      case 'tool':
        return {
          ...message,
          content: message.content.map((part) =>
            part.type === 'tool-result' ? { ...part, toolCallId: ids.forResult(part.toolCallId) } : part,
          ),
        };
    }
  });
}

/** Whether every id is one that `target` accepts, and stands for one call. */
export function acceptsIds(prompt: readonly ModelMessage[], target: CallTarget): boolean {
  const { accepts } = ruleFor(target);
  let seen: Set<string> | null = null;
  for (const { role, content } of prompt) {
    if (role !== 'assistant') continue;
    for (const part of content) {
      if (part.type !== 'tool-call') continue;
      seen ??= new Set();
      if (!accepts.test(part.toolCallId) || seen.has(part.toolCallId)) return false;
      seen.add(part.toolCallId);
    }
  }
  return true;
}

function ruleFor({ provider, modelId }: CallTarget): NameRule {
  switch (provider) {
    case 'anthropic':
      return anthropic;
    case 'openai':
      return openai;
    case 'openai-compatible':
      return isMistral.test(modelId) ? mistral : anyone;
    case 'google':
    case 'ollama':
    case 'editor':
      return anyone;
  }
}

/** Which id became which, read in the order of the conversation. */
class IdBook {
  readonly #rule: NameRule;
  readonly #originals = new Set<string>();
  readonly #taken = new Set<string>();
  /** Calls of an id that wait for their result, and the last that had one. */
  readonly #open = new Map<string, { waiting: string[]; last: string }>();

  constructor(rule: NameRule) {
    this.#rule = rule;
  }

  /** An id that stands in the conversation, so that no other may become it. */
  reserve(id: string): void {
    this.#originals.add(id);
  }

  forCall(id: string): string {
    const book = this.#open.get(id);
    const isFirst = book === undefined;
    const name = acceptedName(
      id,
      this.#rule,
      (each) => this.#taken.has(each) || (!(isFirst && each === id) && this.#originals.has(each)),
    );
    this.#taken.add(name);
    if (isFirst) this.#open.set(id, { waiting: [name], last: name });
    else book.waiting.push(name);
    return name;
  }

  forResult(id: string): string {
    const book = this.#open.get(id);
    // A result whose call is not in the conversation: the provider may say what it thinks of it.
    if (book === undefined) return acceptedName(id, this.#rule, () => false);
    book.last = book.waiting.shift() ?? book.last;
    return book.last;
  }
}
