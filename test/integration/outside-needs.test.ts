/** What other tools' calls bring with them, through the router to servers of three wires: tools, images, schemas, thinking. */
import { describe, expect, it } from 'vitest';
import type { ModelCall } from '../../daemon/src/providers/model-call.ts';
import { anthropicAnswer, openaiAnswer } from '../support/outside-stage.ts';
import {
  start,
  able,
  openai,
  anthropic,
  says,
  ask,
  readFile,
  withTools,
  toolTurn,
  answered,
  failed,
  calls,
} from '../support/outside-plans.ts';

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
