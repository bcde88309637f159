/** What users of comparable systems complain about, tried as they would; docs/complaints.md has all of it. */
import { afterEach, expect, it } from 'vitest';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import { openaiAnswer, startOutsideStage } from '../support/outside-stage.ts';
import type { NodePlan, OutsideStage, Script } from '../support/outside-stage.ts';

let stage: OutsideStage | null = null;
afterEach(async () => {
  await stage?.dispose();
  stage = null;
});

const says: Script = ({ response }) => {
  const answer = openaiAnswer(response);
  answer.text('Here.');
  answer.end();
};
const fails: Script = ({ response }) => {
  response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"broken"}}');
};
const node = (id: string, model: string, script: Script): NodePlan => ({
  ...{ id, provider: 'openai-compatible', script },
  model: { id: model, contextWindow: 100_000, prices: { inputPerMTok: 1, outputPerMTok: 2 } },
});

it('14, provider lottery: a quantisation that is denied is not asked, also when every other one fails', async () => {
  stage = await startOutsideStage(
    [
      node('whole', 'coder-bf16', fails),
      node('half', 'coder-q8_0', fails),
      node('small', 'coder-q4_K_M', says),
    ],
    { policy: { deny: ['*/*q2*', '*/*q3*', '*/*q4*'] } },
  );
  const { end } = await stage.complete(callOf([{ role: 'user', text: 'Explain the cart.' }]));
  expect(end).toMatchObject({ type: 'failed', code: 'route.allFailed', head: { attempts: 2 } });
  expect(stage.server('small').bodies).toEqual([]);
});

it('25, no usage: what a tool and its sub-agent used is counted, each call with its tokens and its cost', async () => {
  stage = await startOutsideStage([node('a', 'm', says)]);
  stage.connectEditor();
  // A sub-agent has instructions and a conversation of its own, and the key of its tool.
  const main = await stage.complete(callOf([{ role: 'user', text: 'Refactor the cart.' }]));
  const agent = await stage.complete(
    callOf([
      { role: 'system', text: 'You search files for another agent.' },
      { role: 'user', text: 'Where is the cart?' },
    ]),
  );
  for (const { end } of [main, agent]) {
    if (end.type !== 'answered') throw new Error(JSON.stringify(end));
    const { decision, outcome } = stage.store.readDecision(end.head.decisionId) ?? {};
    expect(decision).toMatchObject({ tool: { keyId: 'key-1', name: 'aider' } });
    expect([outcome?.inputTokens, outcome?.outputTokens]).toEqual([10, 5]);
    expect(end.outcome.costUsd).toBeCloseTo((10 * 1 + 5 * 2) / 1e6, 12);
  }
});
