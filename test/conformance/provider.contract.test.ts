/**
 * One contract for every provider, against a real server that speaks its wire. What is asserted here is what dispatch relies
 * on; a new provider is one line in subjects.ts. What is owed when a server fails: provider-failures.contract.test.ts.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import type { FaultInput } from '../../daemon/src/demo/index.ts';
import type { GenerateEvent } from '../../daemon/src/providers/provider.ts';
import { providerFor, setUp, subjects } from './subjects.ts';
import type { Stage, Subject } from './subjects.ts';
import { answer, expectFailure, hear } from './hear.ts';

describe.each(subjects)('$name', (subject: Subject) => {
  let stage: Stage;
  const { id: modelId } = subject.model;
  const hearFault = (fault: FaultInput) => {
    stage.server.answers([fault]);
    return hear(stage.provider, { modelId });
  };

  beforeEach(async () => {
    stage = await setUp(subject, answer);
  });
  afterEach(() => stage.server.stop());

  if (!subject.lacks.includes('toolCalls')) {
    it('tells of a tool call as soon as it begins, whole or broken', async () => {
      const whole = await hearFault({ kind: 'tool-call', afterChunks: 2 });
      const types = whole.events.map(({ type }) => type);
      expect(types.indexOf('toolStart')).toBeGreaterThan(types.indexOf('text'));
      expect(types.slice(types.indexOf('toolStart')).filter((type) => type !== 'progress')).toEqual([
        'toolStart',
        ...types.filter((type) => type === 'toolDelta'),
        'toolEnd',
        'finish',
      ]);
      expect(whole.events).toContainEqual(expect.objectContaining({ type: 'toolStart', name: 'read_file' }));
      const json = whole.events.map((event) => (event.type === 'toolDelta' ? event.json : '')).join('');
      expect(JSON.parse(json)).toEqual({ path: 'src/demo.ts' });
      expect(whole.events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'toolCalls' });
      const broken = await hearFault({ kind: 'tool-call', how: 'truncate' });
      expectFailure(broken, 'truncated');
      expect(broken.events.map(({ type }) => type)).toContain('toolStart');
    });
  }

  if (!subject.lacks.includes('endMarker')) {
    it('a connection that stays open after the answer does not hold it up', async () => {
      const { thrown, text, events } = await hearFault({ kind: 'slow-close' });
      expect([thrown, text, events.at(-1)?.type]).toEqual([null, answer, 'finish']);
    });
  }

  describe('an answer', () => {
    it('streams headers first, then the text, then the finish with usage', async () => {
      const heard = await hear(stage.provider, { modelId });
      expect(heard.thrown).toBeNull();
      expect(heard.text).toBe(answer);
      expect(heard.events[0]).toMatchObject({ type: 'headers', headers: { 'x-demo-server': 'wire' } });
      expect(heard.events.filter(({ type }) => type === 'headers')).toHaveLength(1);
      expect(heard.events.filter(({ type }) => type === 'text').length).toBeGreaterThan(1);
      expect(heard.events.at(-1)).toMatchObject({
        type: 'finish',
        finishReason: 'stop',
        usage: { inputTokens: 2, outputTokens: Math.ceil(answer.length / 4) },
      });
      expect(stage.server.log()).toHaveLength(1);
    });

    it('survives bytes that arrive one by one, and slow ones', async () => {
      expect((await hearFault({ kind: 'slice', bytes: 1 })).text).toBe(answer);
      expect((await hearFault({ kind: 'slow', chunkMs: 2, firstChunkMs: 20 })).text).toBe(answer);
    });

    it('says that the length limit ended it', async () => {
      const heard = await hear(stage.provider, { modelId, maxOutputTokens: 3 });
      expect(heard.text).toBe(answer.slice(0, 12));
      expect(heard.events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'length' });
    });

    it('works without a limit', async () => {
      expect((await hear(stage.provider, { modelId, maxOutputTokens: null })).text).toBe(answer);
    });

    it('takes no key and no address from the environment', async () => {
      for (const name of [
        'OPENAI_API_KEY',
        'ANTHROPIC_API_KEY',
        'ANTHROPIC_AUTH_TOKEN',
        'GOOGLE_GENERATIVE_AI_API_KEY',
      ]) {
        vi.stubEnv(name, 'key-of-somebody-else');
      }
      for (const name of ['OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL']) vi.stubEnv(name, 'http://127.0.0.1:1/v1');
      const heard = await hear(providerFor(subject, stage.server.origin, null), { modelId });
      vi.unstubAllEnvs();
      expect(heard.text).toBe(answer);
      const headers = Object.keys(stage.server.log()[0]?.headers ?? {});
      expect(headers.filter((name) => /authorization|api-key/.test(name))).toEqual([]);
    });

    it.each(['huge', 'zero', 'negative', 'absent'] as const)('takes %s usage for unknown', async (usage) => {
      const heard = await hearFault({ kind: 'wrong-usage', usage });
      expect(heard.text).toBe(answer);
      const finish = heard.events.at(-1);
      expect(finish).toMatchObject({ type: 'finish', usage: { outputTokens: null } });
    });

    it('passes on what a server repeats: judging text is not its business', async () => {
      const heard = await hearFault({ kind: 'duplicate-chunk', at: 0 });
      expect(heard.thrown).toBeNull();
      expect(heard.text.length).toBeGreaterThan(answer.length);
    });

    it('lets life without text be seen', async () => {
      stage.server.answers([{ kind: 'stall', afterChunks: 1, pingEveryMs: 10 }]);
      const abort = new AbortController();
      let signs = 0;
      let texts = 0;
      await expect(async () => {
        const request = {
          modelId,
          call: callOf([{ role: 'user', text: 'hello' }]),
          maxOutputTokens: 10,
          signal: abort.signal,
        };
        for await (const event of stage.provider.generate(request)) {
          if (event.type === 'text') texts += 1;
          if (event.type === 'progress' && texts > 0) signs += 1;
          if (signs === 3) abort.abort(new Error('seen enough'));
        }
      }).rejects.toThrow('seen enough');
      expect(texts).toBe(1);
    });
  });

  it('sends every message: instructions, also later ones, and the conversation', async () => {
    await stage.server.stop();
    stage = await setUp(subject);
    const heard = await hear(stage.provider, {
      modelId,
      maxOutputTokens: 4_000,
      call: callOf([
        { role: 'system', text: 'Be brief.' },
        { role: 'user', text: 'First question' },
        { role: 'assistant', text: '' },
        { role: 'assistant', text: 'First answer' },
        { role: 'system', text: 'Now be long.' },
        { role: 'user', text: 'Second question' },
      ]),
    });
    expect(heard.thrown).toBeNull();
    const received = JSON.parse(heard.text) as { role: string; text: string }[];
    const said = (role: string) =>
      received
        .filter((message) => message.role === role)
        .map(({ text }) => text)
        .join(' ');
    expect(said('system')).toMatch(/Be brief\.\s+Now be long\./);
    expect(said('user')).toMatch(/First question\s*Second question/);
    expect(said('assistant')).toBe('First answer');
  });

  describe('a cancel', () => {
    it.each([
      ['before the call', null],
      ['while nothing comes', { kind: 'hang' }],
      ['after the headers', { kind: 'silence' }],
      ['in the middle of the text', { kind: 'stall', afterChunks: 2 }],
      ['of an answer without end', { kind: 'endless' }],
    ] as const)('%s throws its reason and reaches the server at once', async (when, fault) => {
      stage.server.answers(fault === null ? [] : [fault]);
      const reason = new Error(`cancelled ${when}`);
      const abort = new AbortController();
      if (fault === null) abort.abort(reason);
      const wanted = { null: 'none', hang: 'request', silence: 'headers', stall: 'text', endless: 'text' }[
        fault?.kind ?? 'null'
      ];
      const cancel = { atMs: Infinity };
      const doCancel = (): void => {
        if (abort.signal.aborted) return;
        cancel.atMs = Date.now();
        abort.abort(reason);
      };
      if (wanted === 'request') {
        void vi
          .waitFor(() => expect(stage.server.log()).toHaveLength(1), { interval: 5, timeout: 10_000 })
          .then(doCancel);
      }
      const events: GenerateEvent[] = [];
      await expect(async () => {
        const request = {
          modelId,
          call: callOf([{ role: 'user', text: 'hello' }]),
          maxOutputTokens: 10,
          signal: abort.signal,
        };
        for await (const event of stage.provider.generate(request)) {
          events.push(event);
          if (event.type === wanted) doCancel();
        }
      }).rejects.toBe(reason);
      expect(events.some(({ type }) => type === 'finish')).toBe(false);
      if (fault === null) {
        expect(stage.server.log()).toEqual([]);
        return;
      }
      await vi.waitFor(() => expect(stage.server.log()[0]?.end).toBe('aborted'), {
        interval: 5,
        timeout: 10_000,
      });
      expect((stage.server.log()[0]?.endedAtMs ?? Infinity) - cancel.atMs).toBeLessThan(500);
    });

    it('happens when the caller stops listening', async () => {
      stage.server.answers([{ kind: 'endless' }]);
      const request = {
        modelId,
        call: callOf([{ role: 'user', text: 'hello' }]),
        maxOutputTokens: 10,
        signal: AbortSignal.timeout(10_000),
      };
      for await (const event of stage.provider.generate(request)) if (event.type === 'text') break;
      await vi.waitFor(() => expect(stage.server.log()[0]?.end).toBe('aborted'), {
        interval: 5,
        timeout: 10_000,
      });
    });

    it('leaves nothing waiting on the caller’s signal', async () => {
      const { signal } = new AbortController();
      const add = vi.spyOn(signal, 'addEventListener');
      const remove = vi.spyOn(signal, 'removeEventListener');
      await hear(stage.provider, { modelId, signal });
      expect(remove.mock.calls.length).toBe(add.mock.calls.length);
    });
  });

  describe('the model list', () => {
    it('holds what the server tells of each model', async () => {
      const models = await stage.provider.listModels(AbortSignal.timeout(5_000));
      expect(models.map((each) => each.modelId)).toEqual([modelId]);
      if (subject.kind !== 'openai') expect(models[0]?.contextWindow).toBe(32_768);
    });

    it.each([
      [{ kind: 'status', status: 401 }, 'auth'],
      [{ kind: 'status', status: 500 }, 'server'],
      [{ kind: 'html', status: 200 }, 'server'],
      [{ kind: 'redirect' }, 'server'],
      [{ kind: 'refuse' }, 'network'],
      [{ kind: 'die', afterChunks: 1 }, 'network'],
      [{ kind: 'truncate', afterChunks: 1 }, 'server'],
      [{ kind: 'empty' }, 'server'],
      [{ kind: 'echo-key' }, 'auth'],
    ] as const)('fails as data for %j', async (fault, kind) => {
      stage.server.lookups({ repeat: [fault] });
      const thrown = await stage.provider
        .listModels(AbortSignal.timeout(5_000))
        .catch((error: unknown) => error);
      expectFailure({ events: [], text: '', thrown }, kind);
    });

    it('can be cancelled', async () => {
      stage.server.lookups({ repeat: [{ kind: 'hang' }] });
      const abort = new AbortController();
      void vi
        .waitFor(() => expect(stage.server.log().length).toBeGreaterThan(0), { interval: 5, timeout: 10_000 })
        .then(() => abort.abort(new Error('enough')));
      await expect(stage.provider.listModels(abort.signal)).rejects.toThrow('enough');
    });
  });
});
