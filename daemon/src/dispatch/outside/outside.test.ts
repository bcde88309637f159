/** The small parts of calls from other tools: names of models, which calls belong together, looks around. */
import { describe, expect, it } from 'vitest';
import { callOf } from '../../providers/call-text.ts';
import type { ModelCall } from '../../providers/model-call.ts';
import type { DecisionRecord, OutcomeRecord } from '../../store/records.ts';
import type { Node } from '../nodes/node.ts';
import type { ReadTask } from '../decide/task-reader.ts';
import { BoundedLook } from './bounded-look.ts';
import { choiceOf, outsideModels } from './model-names.ts';
import { requirementsOf, taskOfCall } from './task-of-call.ts';
import { Turns, placeOf } from './turns.ts';

const model = (modelId: string) => ({ modelId, label: modelId, contextWindow: 8, maxOutputTokens: 4 });
const node = (nodeId: string, ...ids: readonly string[]) =>
  ({ nodeId, label: nodeId, models: ids.map(model) }) as unknown as Node;

describe('a name of a model', () => {
  const nodes = [node('cloud', 'gpt-x', 'mini'), node('local', 'qwen', 'mini')];

  it('is one of ours, a route, or a model that one route alone has', () => {
    expect(choiceOf('auto', nodes)).toEqual({ type: 'auto', layer: null });
    expect(choiceOf('auto-local', nodes)).toMatchObject({ layer: { policy: { localOnly: true } } });
    expect(choiceOf('auto-fast', nodes)).toMatchObject({ layer: { policy: { objective: 'speed' } } });
    expect(choiceOf('cloud/mini', nodes)).toEqual({ type: 'route', routeId: 'cloud/mini' });
    expect(choiceOf('qwen', nodes)).toEqual({ type: 'route', routeId: 'local/qwen' });
  });

  it('is unknown where nobody has it, or several do', () => {
    expect(choiceOf('mini', nodes)).toEqual({ type: 'unknown', nearest: ['cloud/mini', 'local/mini'] });
    const unknown = choiceOf('gpt-z', nodes);
    expect(unknown.type === 'unknown' && unknown.nearest[0]).toBe('cloud/gpt-x');
    expect(choiceOf('__proto__', nodes).type).toBe('unknown');
    expect(choiceOf('', []).type).toBe('unknown');
  });

  it('stands in the list', () => {
    const ids = outsideModels(nodes).map(({ id }) => id);
    expect(ids).toEqual([
      ...['auto', 'auto-fast', 'auto-best', 'auto-local'],
      ...['cloud/gpt-x', 'cloud/mini', 'local/qwen', 'local/mini'],
    ]);
  });
});

const tool = { keyId: 'k', name: 'aider', policy: null, dailyBudgetUsd: null };
const asked = (text: string): ModelCall => ({
  ...callOf([
    { role: 'system', text: 'You are a coder.' },
    { role: 'user', text: 'First question' },
    { role: 'assistant', text: 'First answer' },
    { role: 'user', text },
  ]),
  tools: [{ type: 'function', name: 'read', inputSchema: {} }],
});
const withResult = (call: ModelCall): ModelCall => ({
  ...call,
  prompt: [
    ...call.prompt,
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: '1', toolName: 'read', input: {} }] },
    {
      role: 'tool',
      content: [
        {
          ...{ type: 'tool-result', toolCallId: '1', toolName: 'read' },
          output: { type: 'text', value: 'x' },
        },
      ],
    },
  ],
});

describe('calls that belong together', () => {
  const place = (call: ModelCall, keyId = 'k') => placeOf({ call, tool: { ...tool, keyId } });

  it('are of one conversation when they begin alike, and of one turn up to the next question', () => {
    const turn = place(asked('Second'));
    expect(turn).toMatchObject({ prompt: 'Second', isToolTurn: false });
    const later = place(withResult(withResult(asked('Second'))));
    expect(later).toEqual({ ...turn, isToolTurn: true });
    expect(place(asked('Third'))).toMatchObject({ conversationId: turn.conversationId });
    expect(place(asked('Third')).turnKey).not.toBe(turn.turnKey);
    expect(place(asked('Second'), 'other').conversationId).not.toBe(turn.conversationId);
  });

  it('stay one turn whatever the tool reminds its model of', () => {
    const turn = place(asked('Second'));
    const reminder = '<system-reminder>\nTwo tasks are open.\n</system-reminder>\n';
    const reminded = withResult(asked(`${reminder}Second`));
    const text = { type: 'text', text: reminder } as const;
    reminded.prompt.push({ role: 'user', content: [text] }, { role: 'system', content: 'It is late.' });
    expect(place(reminded)).toEqual({ ...turn, isToolTurn: true });
    reminded.prompt.push({ role: 'user', content: [text, { type: 'text', text: 'Stop!' }] });
    expect(place(reminded)).toMatchObject({ prompt: 'Stop!', isToolTurn: false });
    // Never closed: what a person wrote.
    expect(place(asked('<system-reminder> is a tag')).prompt).toBe('<system-reminder> is a tag');
    expect(place(asked(reminder)).prompt).toBe('First question');
    expect(place(callOf([{ role: 'user', text: reminder }])).prompt).toBe(reminder);
  });

  it('ask what stands in the marks of VS Code’s chat', () => {
    const marked = (text: string) => `<context>\nToday\n</context>\n<userRequest>\n${text}\n</userRequest>\n`;
    expect(place(asked(marked('What is it?'))).prompt).toBe('What is it?');
    expect(place(asked('</userRequest> ends it')).prompt).toBe('</userRequest> ends it');
  });

  it('are no turn without tools, and nothing breaks without a question', () => {
    expect(place(callOf([{ role: 'user', text: 'hi' }])).turnKey).toBeNull();
    expect(place({ prompt: [] })).toMatchObject({ prompt: '', turnKey: null });
  });

  it('are kept for an hour, and not without bound', () => {
    const turns = new Turns();
    const later = place(withResult(asked('Second')));
    const turn = {
      ...{ record: {} as DecisionRecord, read: {} as ReadTask, outcome: {} as OutcomeRecord },
      routeId: 'a/m',
    };
    expect(turns.of(later, 0)).toBeNull();
    turns.keep(place(asked('Second')), turn, 0);
    expect(turns.of(later, 1_000)?.routeId).toBe('a/m');
    // The question itself is decided anew however often it is asked.
    expect(turns.of(place(asked('Second')), 1_000)).toBeNull();
    expect(turns.of(later, 2 * 3_600_000)).toBeNull();
    for (let n = 0; n < 300; n += 1) turns.keep(place(asked(`Question ${n}`)), turn, 1_000);
    expect(turns.of(later, 1_000)).toBeNull();
  });
});

describe('what a call needs', () => {
  it('follows from what it uses', () => {
    const none = { tools: false, vision: false, structuredOutput: false, reasoning: false };
    const plain = callOf([{ role: 'user', text: 'hi' }]);
    expect(requirementsOf(plain)).toEqual(none);
    expect(requirementsOf({ ...asked('x'), toolChoice: { type: 'none' } })).toEqual(none);
    expect(requirementsOf(asked('x'))).toEqual({ ...none, tools: true });
    const { tools: _, ...history } = withResult(asked('x'));
    expect(requirementsOf(history)).toEqual({ ...none, tools: true });
    expect(requirementsOf({ ...plain, responseFormat: { type: 'json' } })).toEqual(none);
    expect(requirementsOf({ ...plain, responseFormat: { type: 'json', schema: {} } })).toMatchObject({
      structuredOutput: true,
    });
    expect(requirementsOf({ ...plain, reasoning: 'high' })).toMatchObject({ reasoning: true });
    expect(requirementsOf({ ...plain, reasoning: 'none' })).toEqual(none);
  });

  it('is read from the beginning and the end of a long question', () => {
    const text = `Why does this fail?\n${'x'.repeat(100_000)}\nThanks!`;
    const call = { call: asked(text), tool } as Parameters<typeof taskOfCall>[0];
    const { task } = taskOfCall(call, {
      ...{ conversationId: 'c', layer: null, pin: null, prompt: text, exclude: [] },
    });
    expect(task.prompt.length).toBeLessThan(10_100);
    expect(task.prompt).toMatch(/^Why does this fail\?[^]*Thanks!$/);
  });
});

it('a look around is shared by those who come during it, and fresh for a moment', async () => {
  let looks = 0;
  const ended = Promise.withResolvers<undefined>();
  const look = new BoundedLook(() => {
    looks += 1;
    return ended.promise.then(() => undefined);
  });
  const [first, second] = [look.around(), look.around()];
  expect([first === second, looks]).toEqual([true, 1]);
  ended.resolve(undefined);
  await first;
  expect([look.around(), looks]).toEqual([null, 1]);
});
