/** The reverse call over a real socket: the daemon asks a window for its models and runs prompts on them. */
import { expect, it } from 'vitest';
import { type EditorModel, type LmPart, RouterError } from '@task-router/protocol';
import type { EditorModelsHandler } from '@task-router/protocol/node';
import type { EditorModelsPort } from '../../daemon/src/dispatch/service.ts';
import { openClient, startTestServer, until } from '../support/server-fixture.ts';

const model: EditorModel = {
  modelKey: 'copilot/gpt',
  vendor: 'copilot',
  family: 'gpt',
  name: 'GPT',
  version: '1',
  maxInputTokens: 1000,
  access: 'granted',
};
const prompt = {
  modelKey: model.modelKey,
  messages: [{ role: 'user' as const, text: 'hi' }],
  justification: 'A task',
  deadlineMs: 1000,
};
const never = new AbortController().signal;

async function connect(handler: Partial<EditorModelsHandler>) {
  const { paths, service } = await startTestServer();
  const client = await openClient(
    paths,
    {},
    {
      inventory: async () => ({ version: 1, models: [model] }),
      request: async () => ({ finishReason: 'stop', inputTokens: 1, outputTokens: 2 }),
      ...handler,
    },
  );
  await until(() => service.connected.length === 1);
  const port: EditorModelsPort | null | undefined = service.connected[0]?.editorModels;
  if (port === null || port === undefined) throw new Error('the window offers no models');
  return { client, port };
}

it('reads the window’s inventory', async () => {
  const { port } = await connect({});
  expect(await port.inventory(null, never)).toEqual({ version: 1, models: [model] });
});

it('streams parts in order, before the answer', async () => {
  const { port } = await connect({
    request: async (_params, onPart) => {
      for (const text of ['a', 'b', 'c']) onPart({ type: 'text', text });
      return { finishReason: 'stop', inputTokens: null, outputTokens: null };
    },
  });
  const parts: LmPart[] = [];
  const calls = [1, 2].map(() => port.request(prompt, (part) => parts.push(part), never));
  expect(await Promise.all(calls)).toHaveLength(2);
  expect(parts.map(({ text }) => text).sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
});

it('cancels in the window, and does not wait for it', async () => {
  let cancelled = false;
  const { port } = await connect({
    request: (_params, _onPart, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => (cancelled = true));
      }),
  });
  const controller = new AbortController();
  const call = port.request(prompt, () => undefined, controller.signal);
  setImmediate(() => controller.abort(new Error('deadline')));
  await expect(call).rejects.toThrow('deadline');
  await until(() => cancelled);
});

it('ends as windowClosed when the window goes in the middle of a call', async () => {
  const started = Promise.withResolvers<undefined>();
  const { client, port } = await connect({
    request: () => {
      started.resolve(undefined);
      return new Promise(() => undefined);
    },
    inventory: () => new Promise(() => undefined),
  });
  const calls = [port.request(prompt, () => undefined, never), port.inventory(1, never)];
  const ends = calls.map((call) => expect(call).rejects.toMatchObject({ kind: 'windowClosed' }));
  await started.promise;
  await client.close();
  await Promise.all(ends);
  await expect(port.inventory(null, never)).rejects.toMatchObject({ kind: 'windowClosed' });
});

it('names the kind of failure that the window names', async () => {
  const failure = (error: Error) => ({ request: () => Promise.reject(error) });
  const quota = new RouterError('provider.unreachable', 'quota', { details: { kind: 'rateLimit' } });
  const consent = new RouterError('editor.consentNeeded', 'ask first');
  for (const [error, kind] of [
    [quota, 'rateLimit'],
    [consent, 'consentNeeded'],
    [new Error('crash in the extension'), 'server'],
  ] as const) {
    const { port } = await connect(failure(error));
    const call = port.request(prompt, () => undefined, never);
    await expect(call).rejects.toMatchObject({
      kind,
      message: expect.not.stringContaining('crash') as string,
    });
  }
});

it('does not trust the shape of an answer', async () => {
  const { port } = await connect({
    inventory: async () => ({ version: 1, models: [{ ...model, maxInputTokens: -1 }] }),
  });
  await expect(port.inventory(null, never)).rejects.toMatchObject({ kind: 'server' });
});
