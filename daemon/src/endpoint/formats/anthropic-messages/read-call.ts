/** A Messages request as a call in the common form. */
import type { ModelCall } from '../../../providers/model-call.ts';
import type { ReadResult } from '../../endpoint-format.ts';
import { refused } from '../read-request.ts';
import { distinct, untranslatableFields } from '../untranslatable.ts';
import { fieldRules } from './fields.ts';
import { BlockReader, cacheOptions } from './read-blocks.ts';
import type { MessagesRequest } from './request-schema.ts';

export interface ReadCall {
  readonly call: ModelCall;
  readonly untranslatable: readonly string[];
}

type Effort = Exclude<NonNullable<ModelCall['reasoning']>, 'provider-default'>;
const efforts: readonly string[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** A budget in tokens as an effort, for vendors that know only these: from so many tokens on. */
const effortFrom: readonly (readonly [tokens: number, effort: Effort])[] = [
  [32_000, 'xhigh'],
  [16_000, 'high'],
  [4096, 'medium'],
  [0, 'low'],
];

/** `fields`: the request as it came. */
export function readCall(
  request: MessagesRequest,
  fields: Readonly<Record<string, unknown>>,
): ReadResult<ReadCall> {
  const blocks = new BlockReader();
  const prompt = [...blocks.system(request.system ?? ''), ...blocks.messages(request.messages)];
  if (blocks.problem !== null) return refused(blocks.problem);
  const call = {
    prompt,
    ...tools(request, blocks.foundTools),
    ...settings(request),
    ...outputOf(request),
    ...options(request),
  };
  const untranslatable = distinct(
    untranslatableFields(fields, fieldRules),
    blocks.untranslatable,
    unknownKinds(request),
  );
  return { ok: true, value: { call, untranslatable } };
}

/** `found`: of the tools that are deferred, those that the model has come to know; the others are only there to be found. */
function tools(
  { tools: listed, tool_choice }: MessagesRequest,
  found: ReadonlySet<string>,
): Pick<ModelCall, 'tools' | 'toolChoice'> {
  if (listed == null && tool_choice == null) return {};
  const own = (listed ?? []).flatMap((tool) =>
    tool.type === 'custom' && (tool.defer_loading !== true || found.has(tool.name)) ? [tool] : [],
  );
  return {
    ...(own.length > 0 && {
      tools: own.map(({ name, description, input_schema, strict, cache_control }) => ({
        type: 'function',
        name,
        inputSchema: input_schema,
        ...(description != null && { description }),
        ...(strict != null && { strict }),
        ...cacheOptions(cache_control),
      })),
    }),
    ...toolChoice(tool_choice),
  };
}

function toolChoice(choice: MessagesRequest['tool_choice']): Pick<ModelCall, 'toolChoice'> {
  switch (choice?.type) {
    case 'auto':
    case 'none':
      return { toolChoice: { type: choice.type } };
    case 'any':
      return { toolChoice: { type: 'required' } };
    case 'tool':
      return { toolChoice: { type: 'tool', toolName: choice.name } };
    case 'unknown':
    case undefined:
      return {};
  }
}

function settings(request: MessagesRequest): Partial<ModelCall> {
  const { temperature, top_p, top_k, stop_sequences } = request;
  const reasoning = effortOf(request);
  const said: Partial<ModelCall> = {};
  if (temperature != null) said.temperature = temperature;
  if (top_p != null) said.topP = top_p;
  if (top_k != null) said.topK = top_k;
  if (stop_sequences != null && stop_sequences.length > 0) said.stopSequences = stop_sequences;
  if (reasoning !== null) said.reasoning = reasoning;
  return said;
}

/** How much other vendors' models should think; null: the client did not say, or said not to. */
function effortOf({ thinking, output_config: output }: MessagesRequest): Effort | null {
  if (thinking?.type !== 'enabled' && thinking?.type !== 'adaptive') return null;
  const effort = output?.effort;
  if (effort != null && efforts.includes(effort)) return effort as Effort;
  const budget = thinking.type === 'enabled' ? (thinking.budget_tokens ?? null) : null;
  return effortFrom.find(([tokens]) => budget !== null && budget >= tokens)?.[1] ?? 'medium';
}

function outputOf(request: MessagesRequest): Pick<ModelCall, 'responseFormat'> {
  const format = request.output_config?.format ?? request.output_format;
  return format?.type === 'json_schema' ? { responseFormat: { type: 'json', schema: format.schema } } : {};
}

/** What the common form has no word for, in the words of each vendor. */
function options(request: MessagesRequest): Pick<ModelCall, 'providerOptions'> {
  const { tool_choice: choice, metadata, cache_control, output_config: output } = request;
  const isSerial = choice != null && choice.type !== 'unknown' && choice.disable_parallel_tool_use === true;
  const anthropic = {
    ...thinkingOptions(request.thinking),
    ...(output?.effort != null && efforts.includes(output.effort) && { effort: output.effort }),
    ...(isSerial && { disableParallelToolUse: true }),
    ...(metadata?.user_id != null && { metadata: { userId: metadata.user_id } }),
    ...cacheOptions(cache_control).providerOptions?.['anthropic'],
  };
  return {
    providerOptions: {
      ...(Object.keys(anthropic).length > 0 && { anthropic }),
      ...(isSerial && { openai: { parallelToolCalls: false }, compatible: { parallel_tool_calls: false } }),
    },
  };
}

function thinkingOptions(
  thinking: MessagesRequest['thinking'],
): Record<string, Record<string, string | number>> {
  switch (thinking?.type) {
    case 'enabled': {
      const budget = thinking.budget_tokens;
      return { thinking: { type: 'enabled', ...(budget != null && { budgetTokens: budget }) } };
    }
    case 'adaptive':
    case 'disabled':
      return { thinking: { type: thinking.type } };
    case 'unknown':
    case undefined:
      return {};
  }
}

function unknownKinds(request: MessagesRequest): string[] {
  const { tools: listed, tool_choice: choice, thinking, output_config: output, output_format } = request;
  const format = output?.format ?? output_format;
  return [
    ...(listed ?? []).flatMap((tool) => (tool.type === 'unknown' ? [`tools.${tool.name}`] : [])),
    ...(choice?.type === 'unknown' ? [`tool_choice.${choice.name}`] : []),
    ...(thinking?.type === 'unknown' ? [`thinking.${thinking.name}`] : []),
    ...(format?.type === 'unknown' ? [`output_format.${format.name}`] : []),
  ];
}
