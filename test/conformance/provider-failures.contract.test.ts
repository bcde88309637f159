/**
 * The contract of every provider for servers that refuse, break off and answer nonsense: one kind of failure each, and
 * no key in it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultInput } from '../../daemon/src/demo/index.ts';
import { setUp, subjects } from './subjects.ts';
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
});
