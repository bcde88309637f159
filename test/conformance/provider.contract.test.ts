/**
 * One contract for every provider, against a real server that speaks its wire and fails on command. What is asserted
 * here is what dispatch relies on; a new provider is one line in subjects.ts.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { FailureKind } from '@task-router/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callOf } from '../../daemon/src/providers/call-text.ts';
import type { FaultInput } from '../../daemon/src/demo/index.ts';
import { ProviderError } from '../../daemon/src/providers/provider.ts';
import type { GenerateEvent, GenerateRequest, Provider } from '../../daemon/src/providers/provider.ts';
import { canaryKey, providerFor, setUp, subjects } from './subjects.ts';
import type { Stage, Subject } from './subjects.ts';

const answer = 'one two three four five six seven eight nine ten äöü 漢字 🙂 eleven twelve';

interface Heard {
  readonly events: readonly GenerateEvent[];
  readonly text: string;
  /** What was thrown; null: the answer was complete. */
  readonly thrown: unknown;
}

/** Listens to one answer to its end, whatever the end is. */
async function hear(
  provider: Provider,
  request: Partial<GenerateRequest> & Pick<GenerateRequest, 'modelId'>,
): Promise<Heard> {
  const events: GenerateEvent[] = [];
  let thrown: unknown = null;
  try {
    const all = {
      call: callOf([{ role: 'user', text: 'hello' }]),
      maxOutputTokens: 200,
      signal: AbortSignal.timeout(10_000),
    };
    for await (const event of provider.generate({ ...all, ...request })) events.push(event);
  } catch (error) {
    thrown = error;
  }
  return { events, thrown, text: events.map((event) => (event.type === 'text' ? event.text : '')).join('') };
}

function expectFailure({ thrown }: Heard, kind: FailureKind): ProviderError {
  expect(thrown).toBeInstanceOf(ProviderError);
  const error = thrown as ProviderError;
  expect(error.kind, error.message).toBe(kind);
  expectNoKey(error);
  return error;
}

/** In no field, in no form. */
function expectNoKey(error: ProviderError): void {
  const everything = [
    error.message,
    error.stack ?? '',
    error.body,
    JSON.stringify(error),
    JSON.stringify(error.headers),
    inspect(error, { depth: 10 }),
  ].join('\n');
  for (const form of [canaryKey, encodeURIComponent(canaryKey), Buffer.from(canaryKey).toString('base64')]) {
    expect(everything).not.toContain(form);
  }
}

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

  describe('a refusal by status', () => {
    it.each([
      [400, 'badRequest'],
      [401, 'auth'],
      [402, 'billing'],
      [403, 'auth'],
      [404, 'modelNotFound'],
      [413, 'contextLength'],
      [429, 'rateLimit'],
      [500, 'server'],
      [503, 'overloaded'],
      [529, 'overloaded'],
    ] as const)('%i is %s', async (status, kind) => {
      const heard = await hearFault({ kind: 'status', status });
      const error = expectFailure(heard, kind);
      expect(error.status).toBe(status);
      expect(error.retryAfterMs).toBeNull();
      expect(error.body).not.toBe('');
      expect(heard.events).toEqual([]);
      // One call is one request: trying again is the dispatcher's decision.
      expect(stage.server.log()).toHaveLength(1);
    });

    it.each([
      [{ seconds: 7 }, 7_000, 7_000],
      [{ seconds: 0 }, 0, 0],
      [{ dateInSeconds: 60 }, 58_000, 60_000],
      [{ dateInSeconds: -60 }, 0, 0],
      [{ raw: '1.5' }, 1_500, 1_500],
    ] as const)('understands Retry-After %j', async (retryAfter, least, most) => {
      const error = expectFailure(await hearFault({ kind: 'status', status: 429, retryAfter }), 'rateLimit');
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(least);
      expect(error.retryAfterMs).toBeLessThanOrEqual(most);
    });

    it('makes nothing of a Retry-After that says nothing', async () => {
      for (const raw of ['soon', '-5', '', 'NaN', '1e99']) {
        const error = expectFailure(
          await hearFault({ kind: 'status', status: 429, retryAfter: { raw } }),
          'rateLimit',
        );
        expect(error.retryAfterMs, raw).toBeNull();
      }
    });

    if (!subject.lacks.includes('rateLimitHeaders'))
      it('reads the reset of an exhausted limit, and only of that', async () => {
        const limited = (remaining: number) =>
          hearFault({ kind: 'status', status: 429, rateLimit: { limit: 5, remaining, resetInSeconds: 90 } });
        const exhausted = expectFailure(await limited(0), 'rateLimit').retryAfterMs;
        expect(exhausted).toBeGreaterThan(88_000);
        expect(exhausted).toBeLessThanOrEqual(90_000);
        expect(expectFailure(await limited(3), 'rateLimit').retryAfterMs).toBeNull();
      });

    it.each([
      [{ kind: 'context-length' }, 'contextLength'],
      [{ kind: 'content-policy' }, 'contentPolicy'],
      [{ kind: 'quota-exhausted' }, 'billing'],
    ] as const)('tells %j from a plain error', async (fault, kind) => {
      expectFailure(await hearFault(fault), kind);
    });

    if (!subject.lacks.includes('modelInBody'))
      it('names a model that is not there', async () => {
        expectFailure(await hear(stage.provider, { modelId: `${modelId}-unknown` }), 'modelNotFound');
      });

    it('never shows the key that a server echoes', async () => {
      const error = expectFailure(await hearFault({ kind: 'echo-key' }), 'auth');
      expect(error.status).toBe(401);
    });

    it.each([200, 403, 502] as const)(
      'takes a web page with status %i for a failing server',
      async (status) => {
        const error = expectFailure(await hearFault({ kind: 'html', status }), 'server');
        expect(error.message).toContain('web page');
      },
    );
  });

  it('does not follow a redirect, so that the key stays', async () => {
    let visits = 0;
    const elsewhere = createServer((_request, response) => {
      visits += 1;
      response.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/steal`;
    for (const status of [301, 302, 303, 307, 308] as const) {
      const error = expectFailure(await hearFault({ kind: 'redirect', status, location }), 'server');
      expect(error.message).toContain('redirects');
    }
    expect(visits).toBe(0);
    elsewhere.close();
  });

  describe('a broken answer', () => {
    it('is a network failure before it begins', async () => {
      const heard = await hearFault({ kind: 'refuse' });
      expectFailure(heard, 'network');
      await stage.server.stop();
      const refused = expectFailure(await hear(stage.provider, { modelId }), 'network');
      expect(refused.message).toContain('refused the connection');
    });

    it('is empty when nothing or no text comes', async () => {
      expectFailure(await hearFault({ kind: 'empty', body: 'nothing' }), 'empty');
      expectFailure(await hearFault({ kind: 'empty', body: 'no-text' }), 'empty');
    });

    it.each([
      [529, 'overloaded'],
      [429, 'rateLimit'],
      [500, 'server'],
    ] as const)('an error %i inside the stream is %s, before and after text', async (error, kind) => {
      expectFailure(await hearFault({ kind: 'error-event', error }), kind);
      expectFailure(await hearFault({ kind: 'error-event', error, opened: true }), kind);
      const late = await hearFault({ kind: 'error-event', error, afterChunks: 2 });
      expectFailure(late, kind);
      expectBeginning(late.text);
    });

    it.each(['close', 'reset'] as const)('is a network failure when the socket is cut (%s)', async (how) => {
      expectFailure(await hearFault({ kind: 'die', afterChunks: 0, how }), 'network');
      const late = await hearFault({ kind: 'die', afterChunks: 3, how });
      expectFailure(late, 'network');
      expectBeginning(late.text);
    });

    it('is truncated when it just ends', async () => {
      const late = await hearFault({ kind: 'truncate', afterChunks: 3 });
      expectFailure(late, 'truncated');
      expectBeginning(late.text);
      const early = await hearFault({ kind: 'truncate', afterChunks: 0 });
      expectFailure(early, subject.lacks.includes('opening') ? 'empty' : 'truncated');
    });

    it('is a server failure when a chunk is no JSON', async () => {
      expectFailure(await hearFault({ kind: 'malformed', afterChunks: 0 }), 'server');
      expectFailure(await hearFault({ kind: 'malformed', afterChunks: 2 }), 'server');
    });

    if (!subject.lacks.includes('refusals'))
      it('tells a refusal from silence', async () => {
        expectFailure(await hearFault({ kind: 'refusal', afterChunks: 0 }), 'contentPolicy');
        const late = await hearFault({ kind: 'refusal', afterChunks: 2 });
        expect(late.events.at(-1)).toMatchObject({ type: 'finish', finishReason: 'contentFilter' });
      });

    function expectBeginning(text: string): void {
      expect(text).not.toBe('');
      expect(answer.startsWith(text)).toBe(true);
      expect(text).not.toBe(answer);
    }
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
