import { RouterError, daemonRequests, emptySnapshot } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { RouterClient, connectionLost, isCancelled, type RouterClientPorts } from './router-client.ts';

class ProtocolError extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`code ${code}`);
    this.code = code;
  }
}

type Answer = (method: string, signal: AbortSignal) => Promise<unknown>;

function clientWith(...answers: Answer[]): { client: RouterClient; sent: string[]; ensured: () => number } {
  const sent: string[] = [];
  let ensured = 0;
  const ports: RouterClientPorts = {
    ensure: async () => {
      ensured += 1;
    },
    send: (method, _params, signal) => {
      sent.push(method);
      const answer = answers.shift();
      if (answer === undefined) throw new Error('one request too many');
      return answer(method, signal);
    },
  };
  return { client: new RouterClient(ports), sent, ensured: () => ensured };
}

const dying: Answer = () => Promise.reject(new ProtocolError(-32_097));
const snapshot: Answer = () => Promise.resolve(emptySnapshot('e1'));
const task = { type: 'run' as const, task: { prompt: 'x' } };

describe('RouterClient', () => {
  it.each([-32_097, -32_096, -32_099])('repeats an idempotent request after %i', async (code) => {
    const { client, sent, ensured } = clientWith(() => Promise.reject(new ProtocolError(code)), snapshot);
    await expect(client.request(daemonRequests.snapshot, {})).resolves.toEqual(emptySnapshot('e1'));
    expect([sent.length, ensured()]).toEqual([2, 2]);
  });

  it('gives up on it after three sends', async () => {
    const { client, sent } = clientWith(dying, dying, dying);
    await expect(client.request(daemonRequests.snapshot, {})).rejects.toMatchObject({
      code: 'daemon.unreachable',
    });
    expect(sent.length).toBe(3);
  });

  it('sends a task exactly once, and says that its answer was lost', async () => {
    const { client, sent } = clientWith(dying);
    const error: unknown = await client
      .request(daemonRequests.route, task)
      .catch((thrown: unknown) => thrown);
    expect(connectionLost(error)).toBe(true);
    expect(sent.length).toBe(1);
  });

  it('does not repeat what the daemon refused', async () => {
    const refused = new RouterError('task.empty', 'Empty.');
    const { client, sent } = clientWith(() => Promise.reject(refused));
    await expect(client.request(daemonRequests.snapshot, {})).rejects.toBe(refused);
    expect([sent.length, connectionLost(refused)]).toEqual([1, false]);
  });

  it('refuses an answer of the wrong shape', async () => {
    const { client } = clientWith(() => Promise.resolve({ epoch: 7 }));
    await expect(client.request(daemonRequests.snapshot, {})).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  it('does not wait for ever for a daemon that hangs, and cancels the request there', async () => {
    let cancelled = false;
    const { client } = clientWith(
      (_method, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            cancelled = true;
          });
        }),
    );
    await expect(client.request(daemonRequests.snapshot, {}, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'daemon.unreachable',
      details: { reason: 'timeout' },
    });
    expect(cancelled).toBe(true);
  });

  it('knows a cancellation from a failure', async () => {
    const { client } = clientWith(() => Promise.reject(new ProtocolError(-32_800)));
    const error: unknown = await client
      .request(daemonRequests.route, task)
      .catch((thrown: unknown) => thrown);
    expect([isCancelled(error), connectionLost(error)]).toEqual([true, false]);
  });
});
