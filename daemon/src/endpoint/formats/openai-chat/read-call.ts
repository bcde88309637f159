/** A chat completion request as a call in the common form. */
import type { ModelCall } from '../../../providers/model-call.ts';
import type { ReadResult } from '../../endpoint-format.ts';
import { refused } from '../read-request.ts';
import { distinct, untranslatableFields } from '../untranslatable.ts';
import { fieldRules } from './fields.ts';
import { MessageReader } from './read-messages.ts';
import type { ChatRequest } from './request-schema.ts';

export interface ReadCall {
  readonly call: ModelCall;
  readonly untranslatable: readonly string[];
}

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
type Effort = (typeof efforts)[number];

/** `fields`: the request as it came. */
export function readCall(
  request: ChatRequest,
  fields: Readonly<Record<string, unknown>>,
): ReadResult<ReadCall> {
  const messages = new MessageReader();
  const prompt = messages.read(request.messages);
  if (messages.problem !== null) return refused(messages.problem);
  const call = { prompt, ...tools(request), ...settings(request), ...outputOf(request), ...options(request) };
  const untranslatable = distinct(
    untranslatableFields(fields, fieldRules),
    messages.untranslatable,
    unknownKinds(request),
  );
  return { ok: true, value: { call, untranslatable } };
}

function tools({ tools: listed, tool_choice }: ChatRequest): Pick<ModelCall, 'tools' | 'toolChoice'> {
  if (listed == null && tool_choice == null) return {};
  const functions = (listed ?? []).flatMap((tool) => (tool.type === 'function' ? [tool.function] : []));
  return {
    ...(functions.length > 0 && {
      tools: functions.map(({ name, description, parameters, strict }) => ({
        type: 'function',
        name,
        inputSchema: parameters ?? { type: 'object', properties: {} },
        ...(description != null && { description }),
        ...(strict != null && { strict }),
      })),
    }),
    ...toolChoice(tool_choice),
  };
}

function toolChoice(choice: ChatRequest['tool_choice']): Pick<ModelCall, 'toolChoice'> {
  if (choice == null) return {};
  if (typeof choice === 'string') return { toolChoice: { type: choice } };
  return choice.type === 'function' ? { toolChoice: { type: 'tool', toolName: choice.function.name } } : {};
}

function settings(request: ChatRequest): Partial<ModelCall> {
  const { temperature, top_p, top_k, presence_penalty, frequency_penalty, stop, seed } = request;
  const { reasoning_effort: effort } = request;
  const said: Partial<ModelCall> = {};
  if (temperature != null) said.temperature = temperature;
  if (top_p != null) said.topP = top_p;
  if (top_k != null) said.topK = top_k;
  if (presence_penalty != null) said.presencePenalty = presence_penalty;
  if (frequency_penalty != null) said.frequencyPenalty = frequency_penalty;
  if (stop != null) said.stopSequences = typeof stop === 'string' ? [stop] : stop;
  if (seed != null) said.seed = seed;
  if (isEffort(effort)) said.reasoning = effort;
  return said;
}

function isEffort(effort: unknown): effort is Effort {
  return (efforts as readonly unknown[]).includes(effort);
}

function outputOf({ response_format: format }: ChatRequest): Pick<ModelCall, 'responseFormat'> {
  if (format?.type === 'json_object') return { responseFormat: { type: 'json' } };
  if (format?.type !== 'json_schema') return {};
  const { schema, name, description } = format.json_schema;
  return {
    responseFormat: {
      type: 'json',
      ...(schema != null && { schema }),
      ...(name != null && { name }),
      ...(description != null && { description }),
    },
  };
}

/** What the common form has no word for, in the words of each vendor. */
function options(request: ChatRequest): Pick<ModelCall, 'providerOptions'> {
  const { parallel_tool_calls: parallel, user, verbosity, response_format: format } = request;
  const strict = format?.type === 'json_schema' ? (format.json_schema.strict ?? false) : null;
  const both = {
    ...(user != null && { user }),
    ...(verbosity != null && { textVerbosity: verbosity }),
    ...(strict !== null && { strictJsonSchema: strict }),
  };
  const openai = { ...both, ...(parallel != null && { parallelToolCalls: parallel }) };
  const compatible = { ...both, ...(parallel != null && { parallel_tool_calls: parallel }) };
  return {
    providerOptions: {
      ...(Object.keys(openai).length > 0 && { openai, compatible }),
      ...(parallel != null && { anthropic: { disableParallelToolUse: !parallel } }),
    },
  };
}

function unknownKinds(request: ChatRequest): string[] {
  const { tools: listed, tool_choice: choice, response_format: format, reasoning_effort: effort } = request;
  return [
    ...(listed ?? []).flatMap((tool) => (tool.type === 'unknown' ? [`tools.${tool.name}`] : [])),
    ...(typeof choice === 'object' && choice?.type === 'unknown' ? [`tool_choice.${choice.name}`] : []),
    ...(format?.type === 'unknown' ? [`response_format.${format.name}`] : []),
    ...(effort != null && !isEffort(effort) ? ['reasoning_effort'] : []),
  ];
}
