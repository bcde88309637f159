/**
 * Ends that servers leave unsaid, through the whole daemon and in both formats, passed and translated: an answer that is complete
 * without its last marker ends well, one whose end nobody told ends only where nothing can be added, and no other.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toolsAt } from '../support/endpoint-tools.ts';
import { ScriptedHome, scriptedKinds } from '../support/scripted-home.ts';
import type { ScriptedAnswer } from '../support/scripted-provider.ts';

const callers = [
  { tool: 'openai', path: '/v1/chat/completions', marker: /data: \[DONE\]/g, finish: /"finish_reason":"/g },
  { tool: 'anthropic', path: '/v1/messages', marker: /event: message_stop/g, finish: /"stop_reason":"/g },
] as const;
const pairs = callers.flatMap((caller) => scriptedKinds.map((kind) => ({ ...caller, ...kind, kind })));
const text = 'One two three. That is all there is to say, and it is said now.';

let home: ScriptedHome;
beforeEach(() => {
  home = new ScriptedHome();
});
afterEach(() => home.dispose());

describe.each(pairs)('a tool of $tool with a provider of $format', ({ tool, path, marker, finish, kind }) => {
  /** The first route that is asked gives `first`, the next one `second`. */
  async function ask(
    [first, second = first]: readonly [ScriptedAnswer, ScriptedAnswer?],
    { streams = true, more = {} }: { readonly streams?: boolean; readonly more?: object } = {},
  ) {
    const { key, servers } = await home.openWith(kind, kind);
    const calls = () => servers.reduce((sum, { requests }) => sum + requests.length, 0);
    for (const server of servers) server.reply = () => (calls() === 1 ? first : second);
    const body = { model: 'auto', max_tokens: 500, stream: streams, ...more };
    const messages = [{ role: 'user', content: 'Say it.' }];
    const response = await home.ask(path, key, { ...body, messages });
    const raw = await response.text();
    return { raw, calls: calls(), status: response.status, ends: raw.match(marker)?.length ?? 0 };
  }

  it.each(['die', 'end'] as const)(
    'has its end when the connection does %s before the marker',
    async (does) => {
      const { raw, calls, ends } = await ask([{ text, after: { events: -1, does } }]);
      expect([calls, ends, raw.match(finish)?.length]).toEqual([1, 1, 1]);
      expect(raw).not.toContain('"error"');
    },
  );

  it('has no end when nobody said why it stopped, and nobody can go on', async () => {
    // One event before the finish as well; the usage of OpenAI's format stands behind it.
    const events = kind.format === 'openai-chat' ? -3 : -2;
    for (const does of ['die', 'end'] as const) {
      const { raw, ends } = await ask([
        { text: 'One two three and then', after: { events, does } },
        { text: '' },
      ]);
      expect([ends, raw.match(finish)?.length ?? 0]).toEqual([0, 0]);
      expect(raw).toContain('error');
      await home.dispose();
      home = new ScriptedHome();
    }
  });

  it('has its end when whoever goes on finds nothing to add', async () => {
    const events = kind.format === 'openai-chat' ? -3 : -2;
    const { raw, calls, ends } = await ask([{ text, after: { events, does: 'die' } }, { text: '' }]);
    expect([calls, ends, raw.match(finish)?.length]).toEqual([2, 1, 1]);
  });

  it('hears that thinking took all tokens, and nobody else is asked', async () => {
    // Many a server does not show what it thinks.
    for (const [thinking, streams] of [
      ['Let me see.', true],
      ['Let me see.', false],
      ['', true],
      ['', false],
    ] as const) {
      const answer = { ...(thinking !== '' && { thinking }), text: '', finish: 'length' } as const;
      const { raw, calls, status } = await ask([answer, { text }], { streams });
      expect([calls, status]).toEqual([1, 200]);
      expect(raw).toMatch(tool === 'openai' ? /"finish_reason": ?"length"/ : /"stop_reason": ?"max_tokens"/);
      expect(raw).not.toContain('One two');
      await home.dispose();
      home = new ScriptedHome();
    }
  });
});

describe('a list', () => {
  it.each([
    ['is whole without a full stop', '1. Install it\n2. Start the server\n3. Open the page', 1],
    ['is cut at a word that wants another', '1. Install it\n2. Start the server\n3. Open the', 0],
    ['is cut where its items end sentences', '1. Install it.\n2. Start the server.\n3. Open the page', 0],
  ])('%s, when whoever goes on finds nothing to add', async (_, items, ends) => {
    const [, kind] = scriptedKinds;
    const { key, servers } = await home.openWith(kind, kind);
    const calls = () => servers.reduce((sum, { requests }) => sum + requests.length, 0);
    const cut: ScriptedAnswer = { text: `Do this:\n\n${items}`, after: { events: -2, does: 'end' } };
    for (const server of servers) server.reply = () => (calls() === 1 ? cut : { text: '' });
    const body = { model: 'auto', stream: true, messages: [{ role: 'user', content: 'How?' }] };
    const raw = await (await home.ask('/v1/chat/completions', key, body)).text();
    expect([raw.match(/\[DONE\]/g)?.length ?? 0, raw.includes('"error"')]).toEqual([ends, ends === 0]);
  });
});

describe('several choices', () => {
  it('are not at their end because the first one is', async () => {
    const [kind] = scriptedKinds;
    const { key, servers } = await home.openWith(kind);
    servers[0]!.reply = () => ({ text, after: { events: -1, does: 'die' } });
    const body = { model: 'auto', n: 2, stream: true, messages: [{ role: 'user', content: 'Say it.' }] };
    const raw = await (await home.ask('/v1/chat/completions', key, body)).text();
    expect(raw).not.toContain('[DONE]');
    expect(raw).toContain('"error"');
  });
});

it('a library reads such an end as any other', async () => {
  const { key, servers } = await home.openWith(...scriptedKinds);
  for (const server of servers) server.reply = () => ({ text, after: { events: -1, does: 'die' } });
  for (const tool of toolsAt(home.address, key))
    expect(await tool.ask({ model: 'auto', stream: true })).toMatchObject({ text, finish: 'stop' });
});
