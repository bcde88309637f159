/** Names of tools in the form that the target accepts, the same wherever a tool is named. */
import type { ModelCall, ModelMessage } from '../model-call.ts';
import type { CallTarget } from './target.ts';
import type { NameRule } from './accepted-name.ts';
import { acceptedName } from './accepted-name.ts';

/** Readable, because models go by a tool's name. */
const make: NameRule['make'] = (name, digest) =>
  `${name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 55)}_${digest.slice(0, 8)}`;
const strict: NameRule = { accepts: /^[a-zA-Z0-9_-]{1,64}$/, make };
const anthropic: NameRule = { accepts: /^[a-zA-Z0-9_-]{1,128}$/, make };
const google: NameRule = {
  accepts: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
  make: (name, digest) => make(`t_${name}`, digest),
};

export interface NamedCall {
  readonly call: ModelCall;
  /** New name → the client's own. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** `call` with names that `target` accepts. */
export function withAcceptedNames(call: ModelCall, target: CallTarget): NamedCall {
  const names = acceptedNames(namesIn(call), ruleFor(target));
  const changed = [...names].filter(([name, accepted]) => name !== accepted);
  if (changed.length === 0) return { call, renamed: new Map() };
  const renamed = new Map(changed.map(([name, accepted]) => [accepted, name]));
  return { call: rename(call, (name) => names.get(name) ?? name), renamed };
}

function ruleFor({ provider }: CallTarget): NameRule {
  switch (provider) {
    case 'anthropic':
      return anthropic;
    case 'google':
      return google;
    case 'openai':
    case 'openai-compatible':
    case 'ollama':
    case 'editor':
      return strict;
  }
}

function namesIn({ prompt, tools, toolChoice }: ModelCall): Set<string> {
  const names = new Set(tools?.map(({ name }) => name));
  if (toolChoice?.type === 'tool') names.add(toolChoice.toolName);
  for (const { role, content } of prompt) {
    if (role !== 'assistant' && role !== 'tool') continue;
    for (const part of content) if ('toolName' in part) names.add(part.toolName);
  }
  return names;
}

function acceptedNames(names: ReadonlySet<string>, rule: NameRule): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    [...names].map((name) => {
      const accepted = acceptedName(
        name,
        rule,
        (each) => taken.has(each) || (each !== name && names.has(each)),
      );
      taken.add(accepted);
      return [name, accepted];
    }),
  );
}

function rename(call: ModelCall, nameOf: (name: string) => string): ModelCall {
  const { tools, toolChoice } = call;
  return {
    ...call,
    prompt: call.prompt.map((message): ModelMessage => {
      if (message.role === 'assistant') return { ...message, content: message.content.map(renamePart) };
      if (message.role === 'tool') return { ...message, content: message.content.map(renamePart) };
      return message;
    }),
    ...(tools && { tools: tools.map((tool) => ({ ...tool, name: nameOf(tool.name) })) }),
    ...(toolChoice?.type === 'tool' && {
      toolChoice: { ...toolChoice, toolName: nameOf(toolChoice.toolName) },
    }),
  };

  function renamePart<Part extends object>(part: Part): Part {
    return 'toolName' in part && typeof part.toolName === 'string'
      ? { ...part, toolName: nameOf(part.toolName) }
      : part;
  }
}
