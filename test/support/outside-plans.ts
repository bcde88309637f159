/** Nodes, scripts and calls of other tools, as the tests of `OutsideStage` write them. */
import { onTestFinished } from 'vitest';
import type { OutsideEnd } from '../../daemon/src/dispatch/outside/outside-call.ts';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import type { AnswerPart, ModelCall } from '../../daemon/src/providers/model-call.ts';
import { openaiAnswer, startOutsideStage } from './outside-stage.ts';
import type { NodePlan, OutsideStage, Script } from './outside-stage.ts';

/** A stage that the test's end takes away. */
export async function start(
  plans: readonly NodePlan[],
  config: Record<string, unknown> = {},
): Promise<OutsideStage> {
  const stage = await startOutsideStage(plans, config);
  onTestFinished(stage.dispose);
  return stage;
}

export const able = { tools: true, vision: true, reasoning: true, structuredOutput: true };
export const openai = (id: string, script: Script, model: object = {}): NodePlan => ({
  ...{ id, provider: 'openai-compatible', script },
  model: { capabilities: able, contextWindow: 100_000, ...model },
});
export const anthropic = (id: string, script: Script): NodePlan => ({
  ...{ id, provider: 'anthropic', script },
  model: { capabilities: able, contextWindow: 100_000, maxOutputTokens: 4_000 },
});

export const says =
  (text: string): Script =>
  ({ response }) => {
    const answer = openaiAnswer(response);
    answer.text(text);
    answer.end();
  };
export const fails =
  (status: number, body: object = { error: { message: 'broken' } }): Script =>
  ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

export const ask = (text = 'Why is the sky blue?') => callOf([{ role: 'user', text }]);
export const readFile: Extract<NonNullable<ModelCall['tools']>[number], { type: 'function' }> = {
  type: 'function',
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};
export const withTools = (call: ModelCall): ModelCall => ({ ...call, tools: [readFile] });

/** Two servers: whichever is asked first follows the first script, and the next call gets the second. */
export function oneAfterOther(...scripts: readonly Script[]): NodePlan[] {
  let calls = 0;
  const script: Script = (call) => scripts[Math.min(calls++, scripts.length - 1)]?.(call);
  return [openai('a', script), openai('b', script)];
}

/** A question, the model's call of a tool, and its result. */
export function toolTurn(call: ModelCall, id = 'call_1'): ModelCall {
  return {
    ...withTools(call),
    prompt: [
      ...call.prompt,
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: id, toolName: 'read_file', input: { path: 'a.ts' } }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: id,
            toolName: 'read_file',
            output: { type: 'text', value: 'export const a = 1;' },
          },
        ],
      },
    ],
  };
}

export function answered(end: OutsideEnd): Extract<OutsideEnd, { type: 'answered' }> {
  if (end.type !== 'answered') throw new Error(`not answered: ${JSON.stringify(end)}`);
  return end;
}

export function failed(end: OutsideEnd): Extract<OutsideEnd, { type: 'failed' }> {
  if (end.type !== 'failed') throw new Error(`did not fail: ${JSON.stringify(end)}`);
  return end;
}

export const calls = (parts: readonly AnswerPart[]) => parts.filter(({ type }) => type.startsWith('tool'));
