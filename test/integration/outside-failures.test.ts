/** Calls of other tools through the router when a server fails, before, in and after the answer. */
import { describe, expect, it } from 'vitest';
import { openaiAnswer, outsideCall } from '../support/outside-stage.ts';
import type { Script } from '../support/outside-stage.ts';
import {
  start,
  says,
  fails,
  ask,
  withTools,
  oneAfterOther,
  answered,
  failed,
  calls,
} from '../support/outside-plans.ts';

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
    const other = await start(oneAfterOther(fails(400, { error })));
    const raw = { ...outsideCall(ask()).raw, format: 'anthropic-messages' } as const;
    expect(failed((await other.complete(ask(), { raw })).end).upstream).toBeNull();
  });
});
