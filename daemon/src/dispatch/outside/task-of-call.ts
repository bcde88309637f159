/**
 * A tool's call as a task: what is asked is what the user last said, what it needs follows from what the call uses, and
 * what it may use is the developer's policy, tightened by the key's.
 */
import type { PolicyLayer } from '@task-router/protocol';
import { routeRequest } from '@task-router/protocol';
import type { ModelCall, ModelMessage } from '../../providers/model-call.ts';
import type { RunParams } from '../decide/task-reader.ts';
import { textOf } from './message-text.ts';
import type { OutsideCall } from './outside-call.ts';
import { isReminder, saidIn } from './reminders.ts';

/** What is asked stands at the beginning of what the user said or at its end; a file in between says nothing of it. */
const promptChars = { head: 8_000, tail: 2_000 } as const;

/** What a task has that nobody states. */
const usual = routeRequest.params.parse({ type: 'run', task: { prompt: '' } }) as RunParams;

export interface CallTask {
  readonly conversationId: string;
  /** `layer`: what the model's name asks for. */
  readonly layer: PolicyLayer | null;
  readonly pin: string | null;
  readonly prompt: string;
  /** Routes to which it can't be given without a loss. */
  readonly exclude: readonly string[];
}

export function taskOfCall({ call, tool }: OutsideCall, task: CallTask): RunParams {
  const { conversationId, layer, pin, prompt, exclude } = task;
  const own: PolicyLayer[] =
    tool.policy === null ? [] : [{ level: 'task', name: tool.name, policy: tool.policy }];
  return {
    ...usual,
    task: {
      ...usual.task,
      prompt: bounded(prompt),
      requirements: requirementsOf(call),
      conversationId,
    },
    policy: layer === null ? own : [...own, layer],
    exclude: [...exclude],
    onBudget: 'fail',
    ...(pin !== null && { pin }),
  };
}

/** What a route must be able to do to be given this call. */
export function requirementsOf(call: ModelCall): RunParams['task']['requirements'] {
  const { tools, toolChoice, responseFormat, reasoning, prompt } = call;
  const isOffered = tools !== undefined && tools.length > 0 && toolChoice?.type !== 'none';
  return {
    tools: isOffered || prompt.some(usesTools),
    vision: prompt.some(hasImage),
    structuredOutput: responseFormat?.type === 'json' && responseFormat.schema !== undefined,
    reasoning: reasoning !== undefined && reasoning !== 'none' && reasoning !== 'provider-default',
  };
}

function usesTools(message: ModelMessage): boolean {
  if (message.role === 'tool') return true;
  return message.role === 'assistant' && message.content.some(({ type }) => type === 'tool-call');
}

function hasImage(message: ModelMessage): boolean {
  if (message.role === 'system') return false;
  return message.content.some((part) => {
    if (part.type === 'file') return part.data.type !== 'text';
    return part.type === 'tool-result' && part.output.type === 'content'
      ? part.output.value.some(({ type }) => type === 'file')
      : false;
  });
}

/** Where the last thing that the user said stands, and its text; -1 without any. */
export function lastAsked({ prompt }: ModelCall): { readonly at: number; readonly text: string } {
  const said = prompt.findLastIndex((message) => message.role === 'user' && !isReminder(message));
  const at = said < 0 ? prompt.findLastIndex(({ role }) => role === 'user') : said;
  const message = prompt[at];
  if (message === undefined) return { at, text: '' };
  const text = textOf(message);
  return { at, text: said < 0 ? text : saidIn(text) };
}

function bounded(text: string): string {
  const { head, tail } = promptChars;
  return text.length <= head + tail ? text : `${text.slice(0, head)}\n…\n${text.slice(-tail)}`;
}
