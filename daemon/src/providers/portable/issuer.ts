/**
 * What only its issuer understands: provider options anywhere in a call, and thinking, which is signed for the vendor
 * that wrote it. A foreign thinking block is refused by Anthropic and misread by others, and an unsigned one can't be
 * proved to be the model's own; so thinking stays only with its issuer.
 */
import type { ModelCall, ModelMessage } from '../model-call.ts';
import type { CallTarget } from './target.ts';

type Options = NonNullable<ModelCall['providerOptions']>;
type Part = Exclude<ModelMessage['content'], string>[number];

/** Keys of provider options that the client library of each kind reads. */
const issuers: Readonly<Record<CallTarget['provider'], readonly string[]>> = {
  anthropic: ['anthropic'],
  google: ['google'],
  openai: ['openai'],
  'openai-compatible': ['openaiCompatible', 'compatible'],
  ollama: ['ollama'],
  editor: [],
};

/** Models that want their plain-text thinking back while they use tools; other servers refuse the field. */
const wantsThinkingBack = /deepseek|kimi|glm|minimax|mimo/i;

/** `call` with the provider options and the thinking of `target`'s vendor only. */
export function withOwnMetadata(call: ModelCall, target: CallTarget): ModelCall {
  const keys = keysOf(target);
  const own = <Each extends { providerOptions?: Options }>(each: Each): Each => ofIssuers(each, keys);
  const isOwn = (part: Part): boolean => part.type !== 'reasoning' || isOwnThinking(part, keys, target);
  const prompt = call.prompt.map((message): ModelMessage => {
    switch (message.role) {
      case 'system':
        return own(message);
      case 'user':
        return own({ ...message, content: message.content.map(own) });
      case 'assistant':
        return own({ ...message, content: message.content.filter(isOwn).map(own) });
      case 'tool':
        return own({ ...message, content: message.content.map((part) => ownResult(part, own)) });
    }
  });
  const { tools } = call;
  return {
    ...own(call),
    prompt,
    ...(tools && { tools: tools.map((tool) => (tool.type === 'function' ? own(tool) : tool)) }),
  };
}

/** Google's models have one signature on both of the wires that they are reached by. */
function keysOf({ provider, modelId }: CallTarget): readonly string[] {
  const keys = issuers[provider];
  return provider === 'openai-compatible' && /gemini/i.test(modelId) ? [...keys, 'google'] : keys;
}

/** Whether thinking, or the signature of a tool call, stands in `call` that is not of `target`'s vendor. */
export function hasForeignThinking({ prompt }: ModelCall, target: CallTarget): boolean {
  const keys = keysOf(target);
  const isForeign = (part: Part): boolean =>
    part.type === 'reasoning'
      ? !isOwnThinking(part, keys, target)
      : part.type === 'tool-call' &&
        part.providerOptions?.['google'] !== undefined &&
        !keys.includes('google');
  return prompt.some(({ role, content }) => role === 'assistant' && content.some(isForeign));
}

type ToolPart = Extract<ModelMessage, { role: 'tool' }>['content'][number];

function ownResult(
  part: ToolPart,
  own: <Each extends { providerOptions?: Options }>(each: Each) => Each,
): ToolPart {
  if (part.type !== 'tool-result') return own(part);
  const { output } = part;
  if (output.type !== 'content') return own({ ...part, output: own(output) });
  return own({ ...part, output: { ...output, value: output.value.map(own) } });
}

function isOwnThinking(
  { providerOptions }: { providerOptions?: Options },
  keys: readonly string[],
  target: CallTarget,
): boolean {
  if (target.provider === 'openai-compatible') {
    const isPlain = Object.keys(providerOptions ?? {}).every((key) => keys.includes(key));
    return isPlain && wantsThinkingBack.test(target.modelId);
  }
  return providerOptions !== undefined && Object.keys(providerOptions).some((key) => keys.includes(key));
}

function ofIssuers<Each extends { providerOptions?: Options }>(each: Each, keys: readonly string[]): Each {
  if (each.providerOptions === undefined) return each;
  const { providerOptions, ...rest } = each;
  const kept = Object.entries(providerOptions).filter(([key]) => keys.includes(key));
  // The same shape again, without the optional field or with less in it.
  return (kept.length === 0 ? rest : { ...rest, providerOptions: Object.fromEntries(kept) }) as Each;
}
