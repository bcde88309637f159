/**
 * Calls of other tools through the router with real servers of three wires: what a tool gets, what the servers are sent,
 * and what is remembered, when all goes well and when servers break off.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { OutsideEnd } from '../../daemon/src/dispatch/outside/outside-call.ts';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import type { AnswerPart, ModelCall } from '../../daemon/src/providers/model-call.ts';
import {
  Shown,
  anthropicAnswer,
  openaiAnswer,
  outsideCall,
  startOutsideStage,
} from '../support/outside-stage.ts';
import type { NodePlan, OutsideStage, Script } from '../support/outside-stage.ts';

let stage: OutsideStage | null = null;
afterEach(async () => {
  await stage?.dispose();
  stage = null;
});

async function start(
  plans: readonly NodePlan[],
  config: Record<string, unknown> = {},
): Promise<OutsideStage> {
  stage = await startOutsideStage(plans, config);
  return stage;
}

const able = { tools: true, vision: true, reasoning: true, structuredOutput: true };
const openai = (id: string, script: Script, model: object = {}): NodePlan => ({
  ...{ id, provider: 'openai-compatible', script },
  model: { capabilities: able, contextWindow: 100_000, ...model },
});
const anthropic = (id: string, script: Script): NodePlan => ({
  ...{ id, provider: 'anthropic', script },
  model: { capabilities: able, contextWindow: 100_000, maxOutputTokens: 4_000 },
});

const says =
  (text: string): Script =>
  ({ response }) => {
    const answer = openaiAnswer(response);
    answer.text(text);
    answer.end();
  };
const fails =
  (status: number, body: object = { error: { message: 'broken' } }): Script =>
  ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

const ask = (text = 'Why is the sky blue?') => callOf([{ role: 'user', text }]);
const readFile: Extract<NonNullable<ModelCall['tools']>[number], { type: 'function' }> = {
  type: 'function',
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};
const withTools = (call: ModelCall): ModelCall => ({ ...call, tools: [readFile] });

/** Two servers: whichever is asked first follows the first script, and the next call gets the second. */
function oneAfterOther(...scripts: readonly Script[]): NodePlan[] {
  let calls = 0;
  const script: Script = (call) => scripts[Math.min(calls++, scripts.length - 1)]?.(call);
  return [openai('a', script), openai('b', script)];
}

/** A question, the model's call of a tool, and its result. */
function toolTurn(call: ModelCall, id = 'call_1'): ModelCall {
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

function answered(end: OutsideEnd): Extract<OutsideEnd, { type: 'answered' }> {
  if (end.type !== 'answered') throw new Error(`not answered: ${JSON.stringify(end)}`);
  return end;
}

function failed(end: OutsideEnd): Extract<OutsideEnd, { type: 'failed' }> {
  if (end.type !== 'failed') throw new Error(`did not fail: ${JSON.stringify(end)}`);
  return end;
}

const calls = (parts: readonly AnswerPart[]) => parts.filter(({ type }) => type.startsWith('tool'));

describe('an answer', () => {
  it('comes as text with the head first, and is remembered with the tool that asked', async () => {
    const { complete, store, events } = await start([openai('a', says('Because of Rayleigh.'))]);
    const { end, shown } = await complete(ask());
    const { head, finishReason, usage, passed, outcome } = answered(end);
    expect(shown.text).toBe('Because of Rayleigh.');
    expect(shown.heads).toEqual([head]);
    expect(head).toMatchObject({ routeId: 'a/m', attempts: 1 });
    expect([finishReason, usage.inputTokens, usage.outputTokens, passed]).toEqual(['stop', 10, 5, false]);
    expect(outcome).toMatchObject({ status: 'succeeded', attempts: 1 });
    const stored = store.readDecision(head.decisionId);
    expect(stored?.decision).toMatchObject({ client: 'tool', tool: { keyId: 'key-1', name: 'aider' } });
    expect(stored?.outcome).toMatchObject({ status: 'succeeded', outputTokens: 5 });
    // Nobody is connected who could hear of it.
    expect(events).toEqual([]);
  });

  it('is told to editors without its text', async () => {
    const { complete, connectEditor, events } = await start([
      openai('a', says('A long answer. '.repeat(20))),
    ]);
    connectEditor();
    await complete(ask());
    const ofTask = () =>
      events.map(({ type }) => type).filter((type) => !['health', 'spend', 'config'].includes(type));
    // Editors hear of it a moment later, all at once.
    await expect.poll(ofTask).toEqual(['taskStarted', 'decision', 'allocation', 'outcome']);
    const started = events.find((event) => event.type === 'taskStarted');
    expect(started).toMatchObject({ task: { tool: 'aider', title: 'Why is the sky blue?' } });
    expect(events.find((event) => event.type === 'decision')).toMatchObject({ decision: { tool: 'aider' } });
  });

  it('that is wanted whole comes at the end, from one attempt alone', async () => {
    const breaks: Script = ({ response }) => {
      const answer = openaiAnswer(response);
      answer.think('hm, hm, hm');
      answer.text('x'.repeat(100));
      setTimeout(() => response.destroy(), 20);
    };
    const { complete } = await start(oneAfterOther(breaks, says('whole')));
    const { end, shown } = await complete(ask(), { streams: false });
    expect([answered(end).head.attempts, shown.parts]).toEqual([2, [{ type: 'text', text: 'whole' }]]);
  });

  it('waits for a slow tool', async () => {
    const { router } = await start([
      openai('a', ({ response }) => {
        const answer = openaiAnswer(response);
        for (let piece = 0; piece < 20; piece += 1) answer.text(`piece ${piece} of the whole answer. `);
        answer.end();
      }),
    ]);
    const slow = new Shown();
    slow.slowAfter = 3;
    const end = await router.outside.complete(outsideCall(ask()), slow, new AbortController());
    expect(answered(end).finishReason).toBe('stop');
    expect(slow.drains).toBeGreaterThan(3);
    expect(slow.text).toMatch(/^piece 0 .*piece 19 of the whole answer\. $/s);
    expect(router.runningTasks).toBe(0);
  });

  it('ends with the call: upstream is left at once, and nothing is held against the route', async () => {
    const { complete, server, router } = await start([
      openai('a', ({ response }) => {
        openaiAnswer(response).text('A beginning that is long enough to be shown to the tool at once.');
      }),
    ]);
    // Of three, the fastest: what a busy machine adds is not ours.
    const tookMs: number[] = [];
    for (const round of [1, 2, 3]) {
      const cancel = new AbortController();
      const running = complete(ask(), {}, cancel);
      await expect.poll(() => server('a').bodies.length).toBe(round);
      const cancelledAtMs = performance.now();
      cancel.abort();
      expect((await running).end).toMatchObject({ type: 'cancelled' });
      await expect.poll(() => server('a').leftAtMs.length).toBe(round);
      tookMs.push(server('a').leftAtMs[round - 1]! - cancelledAtMs);
    }
    expect(Math.min(...tookMs)).toBeLessThan(100);
    const { nodes } = router.currentState('window');
    const route = nodes.flatMap(({ routes }) => routes)[0];
    expect(route?.state).not.toBe('ejected');
    expect(route).toMatchObject({ calls: 0 });
  });
});

it('a long prompt is read for what it has at the least once its answer has ended, and not before', async () => {
  const { complete, store } = await start([
    openai('a', ({ response }) => {
      const answer = openaiAnswer(response);
      answer.text('Because.');
      answer.end('stop', [12_000, 2]);
    }),
  ]);
  const known = (): number => store.readEngineState('context').length;
  const { end } = await complete(ask('do this thing '.repeat(3_000)));
  expect([end.type, known()]).toEqual(['answered', 0]);
  await expect.poll(known).toBe(1);
});

describe('tools', () => {
  it('are called in order, however a wire mixes the pieces, and their results go back', async () => {
    const { complete, server } = await start([
      openai('a', ({ response, index }) => {
        const answer = openaiAnswer(response);
        if (index > 0) {
          answer.text('It holds one constant.');
          answer.end();
          return;
        }
        answer.text('I look.');
        answer.tool(0, { id: 'call_1', name: 'read_file' });
        answer.tool(1, { id: 'call_2', name: 'read_file', json: '{"path":"b' });
        answer.tool(0, { json: '{"path":"a.ts"}' });
        answer.tool(1, { json: '.ts"}' });
        answer.end('tool_calls');
      }),
    ]);
    const first = await complete(withTools(ask()));
    expect(answered(first.end).finishReason).toBe('toolCalls');
    expect(first.shown.text).toBe('I look.');
    const ids = calls(first.shown.parts).map((part) => ('id' in part ? `${part.type} ${part.id}` : ''));
    expect([...new Set(ids)]).toEqual([
      ...['toolStart call_1', 'toolDelta call_1', 'toolEnd call_1'],
      ...['toolStart call_2', 'toolDelta call_2', 'toolEnd call_2'],
    ]);
    const second = await complete(toolTurn(ask()));
    expect(second.shown.text).toBe('It holds one constant.');
    expect(server('a').bodies[1]).toMatchObject({
      tools: [{ type: 'function', function: { name: 'read_file', parameters: readFile.inputSchema } }],
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ id: 'call_1', function: { name: 'read_file' } }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'export const a = 1;' },
      ],
    });
  });

  it('work the same on the other two wires', async () => {
    const { complete, server } = await start([
      anthropic('claude', ({ response }) => {
        const answer = anthropicAnswer(response);
        answer.text('I look.');
        answer.tool('toolu_9', 'read_file', ['{"path":', '"a.ts"}']);
        answer.end('tool_use');
      }),
      {
        ...{ id: 'local', provider: 'ollama', model: { capabilities: able, contextWindow: 100_000 } },
        script: ({ response }) => {
          const call = { function: { name: 'read_file', arguments: { path: 'a.ts' } } };
          const lines = [
            { message: { role: 'assistant', content: '', tool_calls: [call] }, done: false },
            { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', eval_count: 3 },
          ];
          response.writeHead(200).end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
        },
      },
    ]);
    for (const model of ['claude/m', 'local/m']) {
      const { end, shown } = await complete(toolTurn(ask(), 'not valid: everywhere'), { model });
      expect(answered(end).finishReason).toBe('toolCalls');
      const json = shown.parts.map((part) => (part.type === 'toolDelta' ? part.json : '')).join('');
      expect(JSON.parse(json)).toEqual({ path: 'a.ts' });
    }
    const [sent] = server('claude').bodies as { messages: { content: Record<string, unknown>[] }[] }[];
    const used = sent?.messages[1]?.content[0];
    expect(used).toMatchObject({ type: 'tool_use', name: 'read_file', input: { path: 'a.ts' } });
    // An id that this wire takes, the same on both ends.
    expect(used?.['id']).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(sent?.messages[2]?.content[0]).toMatchObject({ type: 'tool_result', tool_use_id: used?.['id'] });
    expect(server('local').bodies[0]).toMatchObject({
      tools: [{ function: { name: 'read_file' } }],
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ function: { name: 'read_file', arguments: { path: 'a.ts' } } }] },
        { role: 'tool', tool_name: 'read_file', content: 'export const a = 1;' },
      ],
    });
  });

  it('go on with the decision of their turn, on the route that called them, and the outcome adds up', async () => {
    const { complete, store } = await start(
      ['a', 'b', 'c'].map((id) =>
        openai(id, ({ response, index }) => {
          const answer = openaiAnswer(response);
          if (index === 0) answer.tool(0, { id: 'call_1', name: 'read_file', json: '{"path":"a.ts"}' });
          else answer.text('Done.');
          answer.end(index === 0 ? 'tool_calls' : 'stop', [100, 20]);
        }),
      ),
    );
    const first = answered((await complete(withTools(ask()))).end);
    const second = answered((await complete(toolTurn(ask()))).end);
    expect(second.head).toMatchObject({
      taskId: first.head.taskId,
      decisionId: first.head.decisionId,
      routeId: first.head.routeId,
    });
    const stored = store.readDecision(first.head.decisionId);
    expect(stored?.attempts).toHaveLength(2);
    expect(stored?.outcome).toMatchObject({
      ...{ attempts: 2, inputTokens: 200, outputTokens: 40, finishReason: 'stop', status: 'succeeded' },
    });
    expect(store.history.totals(0)).toMatchObject([{ tasks: 1, succeeded: 1, outputTokens: 40 }]);
    // A question of the user's own is another turn.
    const next = answered((await complete(withTools(ask('And why is it red?')))).end);
    expect(next.head.decisionId).not.toBe(first.head.decisionId);
  });
});

describe('what a call needs', () => {
  const image: ModelCall = {
    prompt: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'aGVsbG8=' } },
        ],
      },
    ],
  };

  it('decides who may get it: images go to no route that can not see', async () => {
    const blind = openai('blind', says('I guess.'), { capabilities: { ...able, vision: false } });
    const { complete, server } = await start([blind]);
    const refused = failed((await complete(image)).end);
    expect([refused.code, refused.kind]).toEqual(['route.none', 'badRequest']);
    await stage?.dispose();
    const both = await start([blind, openai('seeing', says('A greeting.'))]);
    const { shown } = await both.complete(image);
    expect([shown.heads[0]?.routeId, shown.text]).toEqual(['seeing/m', 'A greeting.']);
    expect(JSON.stringify(both.server('seeing').bodies[0])).toContain('data:image/png;base64,aGVsbG8=');
    expect([server('blind').bodies, both.server('blind').bodies]).toEqual([[], []]);
  });

  it('is told to the server: schema, settings, and the limit within what the model may write', async () => {
    const { complete, server } = await start([openai('a', says('{}'), { maxOutputTokens: 1_000 })]);
    const schema = { type: 'object', properties: { a: { type: 'number' } } } as const;
    const call: ModelCall = {
      ...ask(),
      ...{ temperature: 0.3, topP: 0.9, seed: 4, stopSequences: ['END'] },
      responseFormat: { type: 'json', schema, name: 'answer' },
    };
    answered((await complete(call, { maxOutputTokens: 64_000 })).end);
    expect(server('a').bodies[0]).toMatchObject({
      ...{ temperature: 0.3, top_p: 0.9, seed: 4, stop: ['END'], max_tokens: 1_000 },
      response_format: { type: 'json_schema' },
    });
  });

  it('without a translation goes only where its bytes can pass as they are', async () => {
    const plans = [openai('a', says('yes')), anthropic('b', () => undefined)];
    const { complete, server } = await start(plans, { passes: true });
    const more = { untranslatable: ['logprobs'] };
    const { end, shown } = await complete(ask(), more);
    expect([answered(end).head.routeId, answered(end).passed]).toEqual(['a/m', true]);
    expect(shown.passed).toContain('yes');
    expect(server('a').bodies).toMatchObject([{ model: 'm', logprobs: true }]);
    const pinned = failed((await complete(ask(), { ...more, model: 'b/m' })).end);
    expect([pinned.code, server('b').bodies]).toEqual(['route.none', []]);
  });

  it('of thinking goes with its issuer, and with nobody else', async () => {
    const { complete, server } = await start([
      openai('a', says('yes')),
      anthropic('b', ({ response }) => {
        const answer = anthropicAnswer(response);
        answer.think('Let me see.', 'sig-2');
        answer.text('yes');
        answer.end();
      }),
    ]);
    const signed = { anthropic: { signature: 'sig-1' } };
    const call: ModelCall = {
      prompt: [
        ...ask().prompt,
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'my secret thought', providerOptions: signed },
            { type: 'text', text: 'Scattering.' },
          ],
        },
        ...ask('And at dusk?').prompt,
      ],
    };
    await complete(call, { model: 'a/m' });
    expect(JSON.stringify(server('a').bodies[0])).not.toMatch(/secret thought|sig-1/);
    const { shown } = await complete(call, { model: 'b/m' });
    expect(JSON.stringify(server('b').bodies[0])).toContain('sig-1');
    expect(shown.parts).toEqual([
      { type: 'thinking', text: 'Let me see.' },
      { type: 'thinking', text: '', metadata: { anthropic: { signature: 'sig-2' } } },
      { type: 'text', text: 'yes' },
    ]);
  });
});

describe('names of models', () => {
  it('leave the choice to the router, or pin a route that nobody stands in for', async () => {
    const { complete, server, router } = await start([openai('a', fails(500)), openai('b', says('b'))]);
    const pinned = failed((await complete(ask(), { model: 'a/m' })).end);
    expect([pinned.code, pinned.kind, pinned.head?.attempts]).toEqual(['route.allFailed', 'server', 1]);
    expect(server('b').bodies).toEqual([]);
    for (const model of ['auto', 'auto-fast', 'auto-best']) {
      expect(answered((await complete(ask(), { model })).end).head.routeId).toBe('b/m');
    }
    expect(router.outside.models().map(({ id }) => id)).toEqual([
      ...['auto', 'auto-fast', 'auto-best', 'auto-local', 'a/m', 'b/m'],
    ]);
    expect(router.outside.countTokens({ model: 'auto', call: ask('x'.repeat(4_000)) })).toBeGreaterThan(500);
  });

  it('that nobody knows are refused, with the nearest ones', async () => {
    const { complete } = await start([openai('claude', says('yes'))]);
    const end = failed((await complete(ask(), { model: 'claud/m' })).end);
    expect([end.kind, end.head]).toEqual(['modelNotFound', null]);
    expect(end.message).toMatch(/claud\/m.*Nearest: claude\/m/);
  });

  it('take a pinned route at its word where nobody knows what it can do', async () => {
    const { complete } = await start([openai('a', says('yes'), { capabilities: {} })]);
    expect(failed((await complete(withTools(ask()))).end).code).toBe('route.none');
    expect((await complete(withTools(ask()), { model: 'a/m' })).shown.text).toBe('yes');
  });
});

describe('a key', () => {
  const priced = { prices: { inputPerMTok: 10, outputPerMTok: 1_000 } };
  const tool = { keyId: 'key-1', name: 'aider', policy: null, dailyBudgetUsd: 5 };

  it('has a budget of its own, which no other key pays into', async () => {
    const { complete, store } = await start([
      openai('a', says('yes'), { ...priced, maxOutputTokens: 1_000 }),
    ]);
    answered((await complete(ask(), { tool })).end);
    // 10 × 10 + 5 × 1,000 USD per million: half a cent is gone, and with a limit of little more the next one is too dear.
    expect(store.ledger.view(Date.now()).buckets.map(({ bucketId }) => bucketId)).toContainEqual(
      expect.stringMatching(/^money\/tool\/key-1\/day\//),
    );
    const low = { ...tool, dailyBudgetUsd: 0.006 };
    const refused = failed((await complete(ask(), { tool: low })).end);
    expect([refused.code, refused.kind]).toEqual(['budget.exceeded', 'billing']);
    expect(refused.message).toContain('aider');
    answered((await complete(ask(), { tool: { ...tool, keyId: 'key-2' } })).end);
  });

  it('may only tighten what the developer allows', async () => {
    const { complete } = await start([openai('a', says('a')), openai('b', says('b'))], {
      policy: { deny: ['a/*'] },
    });
    const open = { ...tool, dailyBudgetUsd: null, policy: { allow: ['*'] } };
    expect(answered((await complete(ask(), { tool: open })).end).head.routeId).toBe('b/m');
    const closed = { ...open, policy: { deny: ['b/*'] } };
    expect(failed((await complete(ask(), { tool: closed })).end).code).toBe('route.none');
  });
});

describe('a route that fails', () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index} `);
  const whole = words.join('').trimEnd();
  const breaksAfter =
    (count: number): Script =>
    ({ response }) => {
      const answer = openaiAnswer(response);
      for (const word of words.slice(0, count)) answer.text(word);
      setTimeout(() => response.destroy(), 20);
    };
  /** Repeats the last words as it is told, and goes on. */
  const goesOn: Script = ({ body, response }) => {
    const messages = body['messages'] as { role: string; content: unknown }[];
    const begun = messages.findLast(({ role }) => role === 'assistant')?.content as string;
    const told = JSON.stringify(messages.at(-1)?.content);
    const repeat = /<last_words>(.*)<\/last_words>/.exec(told)?.[1] ?? '';
    const answer = openaiAnswer(response);
    answer.think('I was asked to go on.');
    answer.text(repeat + whole.slice(begun.trimEnd().length));
    answer.end();
  };

  it('before the first words is left unseen', async () => {
    const { complete } = await start(oneAfterOther(fails(503), says('yes')));
    const { end, shown } = await complete(ask());
    expect([answered(end).head.attempts, shown.heads.length, shown.text]).toEqual([2, 1, 'yes']);
  });

  it.each([12, 40])('in mid-answer, after %i words, is gone on from behind a checked seam', async (count) => {
    const { complete, store } = await start(oneAfterOther(breaksAfter(count), goesOn));
    const { end, shown } = await complete(ask());
    expect([answered(end).head.attempts, shown.text]).toEqual([2, whole]);
    expect(shown.parts.filter(({ type }) => type !== 'text')).toEqual([]);
    const { head } = answered(end);
    expect(store.readDecision(head.decisionId)?.transitions).toMatchObject([{ mode: 'continue' }]);
  });

  it('in mid-answer ends it, visibly, where nobody joins on: nothing is spliced or begun anew', async () => {
    const { complete } = await start(
      oneAfterOther(breaksAfter(40), says('Something else altogether. '.repeat(20))),
    );
    const { end, shown } = await complete(ask());
    const { code, begun, head } = failed(end);
    expect([code, begun, head?.attempts]).toEqual(['route.incomplete', true, 2]);
    expect(shown.text).toBe(words.slice(0, 40).join(''));
  });

  it('after a tool call was begun is not asked again, nor anybody else', async () => {
    const { complete, server } = await start(
      oneAfterOther(({ response }) => {
        const answer = openaiAnswer(response);
        answer.tool(0, { id: 'call_1', name: 'read_file', json: '{"pa' });
        setTimeout(() => response.destroy(), 20);
      }, says('again')),
    );
    const { end, shown } = await complete(withTools(ask()));
    const { code, begun } = failed(end);
    expect([code, begun]).toEqual(['route.incomplete', true]);
    expect(calls(shown.parts).map(({ type }) => type)).toEqual(['toolStart', 'toolDelta']);
    expect(server('a').bodies.length + server('b').bodies.length).toBe(1);
  });

  it('after thinking only is replaced in the same stream', async () => {
    const { complete } = await start(
      oneAfterOther(({ response }) => {
        const answer = openaiAnswer(response);
        answer.think('A long thought that is shown to whoever wants to see it, and then nothing.');
        setTimeout(() => response.destroy(), 200);
      }, says('yes')),
    );
    const { end, shown } = await complete(ask());
    expect([answered(end).head.attempts, shown.heads.length, shown.text]).toEqual([2, 1, 'yes']);
    expect(shown.parts[0]?.type).toBe('thinking');
  });

  it('for what was asked is not asked again, and its own words are passed on', async () => {
    const error = { message: 'temperature must be at most 2', type: 'invalid_request_error' };
    const { complete, server } = await start(oneAfterOther(fails(400, { error }), says('yes')));
    const refused = failed((await complete(ask())).end);
    expect([refused.kind, refused.begun, refused.head?.attempts]).toEqual(['badRequest', false, 1]);
    expect(refused.upstream?.status).toBe(400);
    expect(JSON.parse(refused.upstream?.body ?? '')).toEqual({ error });
    expect(server('a').bodies.length + server('b').bodies.length).toBe(1);
    // A tool of the other format has no use for that body.
    await stage?.dispose();
    const other = await start(oneAfterOther(fails(400, { error })));
    const raw = { ...outsideCall(ask()).raw, format: 'anthropic-messages' } as const;
    expect(failed((await other.complete(ask(), { raw })).end).upstream).toBeNull();
  });
});
