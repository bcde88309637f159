import type { EditorModel, LmPart } from '@task-router/protocol';
import { RouterError } from '@task-router/protocol';
import { describe, expect, it, vi } from 'vitest';
import { callOf } from '../call-text.ts';
import { ProviderError } from '../provider.ts';
import type { GenerateEvent } from '../provider.ts';
import { createEditorProvider } from './index.ts';
import type { EditorPort } from './index.ts';

const model: EditorModel = {
  modelKey: 'key-1',
  vendor: 'copilot',
  family: 'gpt-5',
  name: 'GPT-5',
  version: '1',
  maxInputTokens: 128_000,
  access: 'granted',
};

/** A window that answers as told; the whole of the real one is another process. */
function windowThat(
  request: EditorPort['request'],
): EditorPort & { readonly calls: Parameters<EditorPort['request']>[0][] } {
  const calls: Parameters<EditorPort['request']>[0][] = [];
  return {
    calls,
    inventory: () => Promise.resolve({ models: [model] }),
    request(params, onPart, signal) {
      calls.push(params);
      return request(params, onPart, signal);
    },
  };
}

const result = { finishReason: 'stop', inputTokens: 12, outputTokens: 3 } as const;
const text = (value: string): LmPart => ({ type: 'text', text: value });

async function hear(port: EditorPort, options: { modelId?: string; signal?: AbortSignal } = {}) {
  const events: GenerateEvent[] = [];
  const provider = createEditorProvider(port, [model]);
  const { modelId = model.modelKey, signal = AbortSignal.timeout(5_000) } = options;
  let thrown: unknown = null;
  try {
    const call = callOf([{ role: 'user', text: 'hello' }]);
    for await (const event of provider.generate({ modelId, call, maxOutputTokens: 5, signal }))
      events.push(event);
  } catch (error) {
    thrown = error;
  }
  return { events, thrown };
}

describe('createEditorProvider', () => {
  it('streams parts as they come and ends with the window’s own counts', async () => {
    const port = windowThat(async (_params, onPart) => {
      onPart(text('one '));
      await new Promise((resolve) => setImmediate(resolve));
      onPart(text('two'));
      onPart(text(''));
      return result;
    });
    expect(await hear(port)).toEqual({
      thrown: null,
      events: [
        { type: 'text', text: 'one ' },
        { type: 'text', text: 'two' },
        { type: 'progress' },
        {
          type: 'finish',
          finishReason: 'stop',
          usage: { inputTokens: 12, outputTokens: 3, cachedInputTokens: null, reasoningTokens: null },
        },
      ],
    });
    expect(port.calls[0]).toMatchObject({ modelKey: 'key-1', messages: [{ role: 'user', text: 'hello' }] });
    expect(port.calls[0]?.justification).not.toBe('');
  });

  it.each(['windowClosed', 'consentNeeded', 'contentPolicy', 'rateLimit', 'modelNotFound'] as const)(
    'passes on that it failed as %s',
    async (failure) => {
      const port = windowThat(() =>
        Promise.reject(
          new RouterError('provider.unreachable', 'what the window said', { details: { failure } }),
        ),
      );
      const { thrown } = await hear(port);
      expect(thrown).toBeInstanceOf(ProviderError);
      expect(thrown).toMatchObject({ kind: failure, message: 'what the window said' });
    },
  );

  it('knows consent by its code, and nothing of what else is thrown', async () => {
    const byCode = await hear(
      windowThat(() => Promise.reject(new RouterError('editor.consentNeeded', 'ask first'))),
    );
    expect(byCode.thrown).toMatchObject({ kind: 'consentNeeded' });
    const unknown = await hear(windowThat(() => Promise.reject(new Error('internal secret'))));
    expect(unknown.thrown).toMatchObject({ kind: 'server' });
    expect((unknown.thrown as Error).message).not.toContain('secret');
  });

  it('keeps the text before a failure', async () => {
    const port = windowThat((_params, onPart) => {
      onPart(text('beginning'));
      return Promise.reject(
        new RouterError('provider.unreachable', 'closed', { details: { failure: 'windowClosed' } }),
      );
    });
    const { events, thrown } = await hear(port);
    expect(events).toEqual([{ type: 'text', text: 'beginning' }]);
    expect(thrown).toMatchObject({ kind: 'windowClosed' });
  });

  it('is empty without text', async () => {
    expect((await hear(windowThat(() => Promise.resolve(result)))).thrown).toMatchObject({ kind: 'empty' });
  });

  it('never asks the window for a model it does not offer', async () => {
    const port = windowThat(() => Promise.resolve(result));
    expect((await hear(port, { modelId: 'key-of-another-window' })).thrown).toMatchObject({
      kind: 'modelNotFound',
    });
    expect(port.calls).toEqual([]);
  });

  it('cancels the window’s work: on abort, and when the caller stops listening', async () => {
    const abort = new AbortController();
    const aborted = vi.fn();
    const port = windowThat((_params, onPart, signal) => {
      signal.addEventListener('abort', aborted);
      onPart(text('first'));
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('cancelled'))),
      );
    });
    const provider = createEditorProvider(port, [model]);
    const request = {
      modelId: model.modelKey,
      call: callOf([{ role: 'user', text: 'x' }]),
      maxOutputTokens: null,
      signal: abort.signal,
    };
    for await (const event of provider.generate(request)) if (event.type === 'text') break;
    expect(aborted).toHaveBeenCalledTimes(1);

    const reason = new Error('my reason');
    await expect(async () => {
      for await (const event of provider.generate(request)) if (event.type === 'text') abort.abort(reason);
    }).rejects.toBe(reason);
    expect(aborted).toHaveBeenCalledTimes(2);
  });

  it('lists the window’s models', async () => {
    const provider = createEditorProvider(
      windowThat(() => Promise.resolve(result)),
      [model],
    );
    expect(await provider.listModels(AbortSignal.timeout(1_000))).toEqual([
      { modelId: 'key-1', label: 'GPT-5', contextWindow: 128_000 },
    ]);
  });
});
