import type { EditorModel } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../platform/emitter.ts';
import { Inventory } from './inventory.ts';

const model = (modelKey: string): EditorModel => ({
  modelKey,
  vendor: 'v',
  family: 'f',
  name: modelKey,
  version: '1',
  maxInputTokens: 1000,
  access: 'granted',
});

function setUp(): { inventory: Inventory; models: EditorModel[]; change: () => void; fail: () => void } {
  const changed = new Emitter<undefined>();
  const models = [model('a')];
  let fails = false;
  const inventory = new Inventory({
    list: async () => {
      if (fails) throw new Error('the editor is busy');
      return [...models];
    },
    onDidChange: changed.listen,
  });
  return {
    inventory,
    models,
    change: () => changed.fire(undefined),
    fail: () => {
      fails = true;
    },
  };
}

const never = new AbortController().signal;

describe('Inventory', () => {
  it('answers at once when the asker knows nothing, or something old', async () => {
    const { inventory } = setUp();
    expect(await inventory.answer({ knownVersion: null }, never)).toEqual({
      version: 1,
      models: [model('a')],
    });
    expect(await inventory.answer({ knownVersion: 99 }, never)).toMatchObject({ version: 1 });
  });

  it('holds the answer until the models have really changed', async () => {
    const { inventory, models, change } = setUp();
    await inventory.answer({ knownVersion: null }, never);
    let answered = false;
    const held = inventory.answer({ knownVersion: 1 }, never).finally(() => {
      answered = true;
    });
    change();
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    models.push(model('b'));
    change();
    expect(await held).toEqual({ version: 2, models: [model('a'), model('b')] });
  });

  it('lets go when the connection ends', async () => {
    const { inventory } = setUp();
    await inventory.answer({ knownVersion: null }, never);
    const connection = new AbortController();
    const held = inventory.answer({ knownVersion: 1 }, connection.signal);
    connection.abort();
    expect(await held).toMatchObject({ version: 1 });
  });

  it('has no models rather than an error when the editor fails', async () => {
    const { inventory, fail } = setUp();
    fail();
    expect(await inventory.answer({ knownVersion: null }, never)).toEqual({ version: 1, models: [] });
  });
});
