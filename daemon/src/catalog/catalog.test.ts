import { describe, expect, it } from 'vitest';
import { catalogVersion, listCatalogModels, lookupModel, publishedAs, speedPrior } from './index.ts';
import { billionsOf, familyOf, sizeWordOf, withoutDate } from './model-name.ts';
import { snapshot } from './snapshot.ts';

describe('lookupModel', () => {
  it('knows a model by its exact id', () => {
    expect(lookupModel({ provider: 'anthropic', modelId: 'claude-opus-5-5' })).toMatchObject({
      match: 'exact',
      label: 'Claude Opus 5.5',
      contextWindow: 1_000_000,
      maxOutputTokens: 128_000,
      capabilities: { tools: true, vision: true, reasoning: true, structuredOutput: null },
      prices: { inputPerMTok: 4, outputPerMTok: 20, cacheReadPerMTok: 0.2, cacheWritePerMTok: 5 },
    });
  });

  it.each([
    ['anthropic', 'claude-haiku-4-5-20251001', 5],
    ['anthropic', 'claude-opus-5-5-20261001', 20],
    ['openai', 'gpt-4.1-2025-04-14', 8],
    ['google', 'gemini-2.5-pro', 10],
  ] as const)('takes %s %s for its model, with the price', (provider, modelId, outputPerMTok) => {
    expect(lookupModel({ provider, modelId })?.prices?.outputPerMTok).toBe(outputPerMTok);
  });

  it('keeps a dated model apart that has its own price', () => {
    expect(lookupModel({ provider: 'openai', modelId: 'gpt-4o-2024-05-13' })?.prices?.outputPerMTok).toBe(15);
    expect(lookupModel({ provider: 'openai', modelId: 'gpt-4o' })?.prices?.outputPerMTok).toBe(10);
  });

  it('never guesses a price: not from a date the source does not know, not from a name', () => {
    const dated = lookupModel({ provider: 'openai', modelId: 'gpt-4o-2031-01-01' });
    expect(dated).toMatchObject({
      match: 'family',
      prices: null,
      longPrompt: null,
      capabilities: { tools: true },
    });
    expect(
      lookupModel({ provider: 'openai-compatible', modelId: 'anthropic/claude-sonnet-4.5' }),
    ).toMatchObject({ match: 'family', prices: null });
    expect(
      lookupModel({ provider: 'openai-compatible', modelId: 'gpt-5', baseUrl: 'https://gateway.example/v1' }),
    ).toMatchObject({ match: 'family', prices: null });
    expect(
      lookupModel({ provider: 'anthropic', modelId: 'claude-opus-5-5', baseUrl: 'https://proxy.example/v1' }),
    ).toMatchObject({ match: 'family', prices: null });
  });

  it('knows the prices of a gateway by its host', () => {
    const query = {
      provider: 'openai-compatible',
      modelId: 'anthropic/claude-sonnet-4.5',
      baseUrl: 'https://openrouter.ai/api/v1',
    } as const;
    expect(lookupModel(query)).toMatchObject({
      match: 'exact',
      prices: { inputPerMTok: 3, outputPerMTok: 15 },
    });
  });

  it('tells where a long prompt costs more', () => {
    expect(lookupModel({ provider: 'openai', modelId: 'gpt-5.4' })?.longPrompt).toEqual({
      fromTokens: 271_999,
      prices: { inputPerMTok: 5, outputPerMTok: 22.5, cacheReadPerMTok: 0.5 },
    });
  });

  it('gives local models the price 0, and the cloud models of the same server none', () => {
    expect(lookupModel({ provider: 'ollama', modelId: 'gpt-oss:20b' })).toMatchObject({
      match: 'family',
      prices: { inputPerMTok: 0, outputPerMTok: 0 },
      capabilities: { reasoning: true },
    });
    expect(lookupModel({ provider: 'ollama', modelId: 'gpt-oss:120b-cloud' })?.prices).toBeNull();
    expect(
      lookupModel({ provider: 'ollama', modelId: 'gpt-oss:20b', baseUrl: 'https://ollama.example' })?.prices,
    ).toBeNull();
  });

  it('knows the models of the editor, whose price nobody tells', () => {
    const known = lookupModel({ provider: 'editor', modelId: 'claude-sonnet-4.6' });
    expect(known).toMatchObject({ prices: null, capabilities: { tools: true } });
    expect(known?.classPricePerMTok).toBeGreaterThan(0);
  });

  it.each([
    '',
    'demo-mini',
    'text-embedding-3-small',
    'whisper-1',
    '__proto__',
    'constructor',
    'x'.repeat(10_000),
  ])('knows nothing of %j', (modelId) => {
    for (const provider of ['openai', 'openai-compatible', 'ollama', 'editor'] as const)
      expect(lookupModel({ provider, modelId })).toBeNull();
  });
});

describe('the snapshot', () => {
  const rows = Object.entries(snapshot.models).flatMap(([source, models]) =>
    models.map((row) => ({ source, ...row })),
  );

  it('has a version of date and hash', () => {
    expect(catalogVersion).toMatch(/^20\d\d-\d\d-\d\d\.[0-9a-f]{12}$/);
    expect(rows.length).toBeGreaterThan(500);
  });

  it('holds sane rows, each id once at its source', () => {
    const ids = new Set<string>();
    for (const { source, id, also = [], price, long, context, output, can } of rows) {
      for (const each of [id, ...also]) {
        expect(ids.has(`${source} ${each}`), `${source} ${each}`).toBe(false);
        ids.add(`${source} ${each}`);
      }
      for (const amount of [...(price ?? []), ...(long?.price ?? [])]) {
        if (amount === null) continue;
        expect(amount).toBeGreaterThanOrEqual(0);
        expect(amount, id).toBeLessThanOrEqual(1_000);
      }
      for (const count of [context, output])
        if (count !== undefined) expect(Number.isInteger(count) && count > 0, id).toBe(true);
      expect(can ?? '').toMatch(/^(?:[Tt][Vv][Rr])?$/);
    }
  });

  it('finds every row again by every name it lists', () => {
    for (const { source, id, also = [] } of rows.filter((row) => row.source === 'openai')) {
      for (const each of [id, ...also])
        expect(lookupModel({ provider: 'openai', modelId: each })?.modelId, `${source} ${each}`).toBe(id);
    }
  });
});

describe('listCatalogModels', () => {
  it.each(['openai', 'anthropic', 'google'] as const)('has current models of %s', (provider) => {
    const models = listCatalogModels(provider);
    expect(models.length).toBeGreaterThan(2);
    expect(models.every(({ isOld, prices }) => !isOld && prices !== null)).toBe(true);
  });

  it('presumes nothing of servers that must be asked', () => {
    expect(listCatalogModels('ollama')).toEqual([]);
    expect(listCatalogModels('openai-compatible')).toEqual([]);
    expect(listCatalogModels('editor')).toEqual([]);
  });
});

describe('model names', () => {
  it.each([
    ['qwen2.5-coder:32b', 'qwen/qwen-2.5-coder-32b-instruct'],
    ['Qwen2.5-Coder-32B-Instruct-GGUF', 'qwen2.5-coder:32b-instruct-q4_K_M'],
    ['claude-sonnet-4.5', 'anthropic/claude-sonnet-4-5-20250929'],
    ['llama3.1:8b', 'meta-llama/Llama-3.1-8B-Instruct'],
    ['qwen3-coder:30b', 'qwen/qwen3-coder-30b-a3b-instruct'],
    ['gemini-2.5-flash', 'gemini-2.5-flash-preview-09-2025'],
  ])('%s and %s are one family', (a, b) => {
    expect(familyOf(a)).toBe(familyOf(b));
  });

  it.each([
    ['gpt-5', 'gpt-5-mini'],
    ['claude-opus-5', 'claude-opus-5-5'],
    ['llama3.1:8b', 'llama3.1:70b'],
    ['gpt-4o', 'gpt-4.1'],
  ])('%s and %s are not', (a, b) => {
    expect(familyOf(a)).not.toBe(familyOf(b));
  });

  it('tell their size', () => {
    expect(billionsOf('qwen3-coder:30b')).toBe(30);
    expect(billionsOf('mixtral-8x7b')).toBe(56);
    expect(billionsOf('qwen2.5-coder:1.5b')).toBe(1.5);
    expect(billionsOf('qwen3-30b-a3b')).toBe(30);
    expect(billionsOf('gpt-4o')).toBeNull();
    expect(sizeWordOf('gemini-3.8-flash')).toBe('small');
    expect(sizeWordOf('claude-opus-5-5')).toBe('large');
    expect(sizeWordOf('gemini-3.1')).toBeNull();
    expect(withoutDate('claude-haiku-4-5@20251001')).toBe('claude-haiku-4-5');
    expect(withoutDate('gpt-5-2025-08-07')).toBe('gpt-5');
    expect(withoutDate('gpt-5-2025')).toBeNull();
  });

  it('are read in no long time, whatever they are', () => {
    const before = process.cpuUsage();
    for (const name of ['1'.repeat(50_000), 'a-'.repeat(25_000), 'x1'.repeat(25_000), '20'.repeat(25_000)]) {
      familyOf(name);
      billionsOf(name);
      withoutDate(name);
    }
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
  });
});

describe('first expectations', () => {
  const traits = (provider: 'anthropic' | 'openai' | 'ollama', modelId: string) => ({
    modelId,
    known: lookupModel({ provider, modelId }),
    isLocal: provider === 'ollama',
  });
  const large = traits('anthropic', 'claude-opus-5-5');
  const small = traits('ollama', 'llama3.1:8b');

  it('look published outcomes up by a name, and by the price of its class where its own is unknown', () => {
    const own = { inputPerMTok: 1, outputPerMTok: 2 };
    expect(publishedAs(large, own)).toEqual({ modelId: 'claude-opus-5-5', prices: own });
    expect(publishedAs(large, null)).toEqual({
      modelId: 'claude-opus-5-5',
      prices: { inputPerMTok: 5, outputPerMTok: 20 },
    });
    // Free tells nothing of size, and a stranger has no class.
    const stranger = { modelId: 'x-1', known: null, isLocal: true };
    expect(publishedAs(stranger, { inputPerMTok: 0, outputPerMTok: 0 })).toEqual({
      modelId: 'x-1',
      prices: null,
    });
  });

  it('let a scripted model stand for a real one of its size, and no other', () => {
    const demo = { modelId: 'demo-large', known: null, isLocal: true, isDemo: true };
    expect(publishedAs(demo, null).modelId).not.toBe('demo-large');
    expect(publishedAs({ ...demo, isDemo: false }, null).modelId).toBe('demo-large');
    expect(publishedAs({ ...demo, modelId: 'constructor' }, null).modelId).toBe('constructor');
  });

  it('of speed are positive and finite, and slower for what is larger', () => {
    for (const each of [large, small, { modelId: '', known: null, isLocal: true }]) {
      const { firstTokenMs, tokensPerSecond } = speedPrior(each);
      expect(firstTokenMs).toBeGreaterThan(0);
      expect(tokensPerSecond).toBeGreaterThan(0);
      expect(Number.isFinite(firstTokenMs + tokensPerSecond)).toBe(true);
    }
    expect(speedPrior(traits('ollama', 'llama3.3:70b')).tokensPerSecond).toBeLessThan(
      speedPrior(small).tokensPerSecond,
    );
    expect(speedPrior(large).tokensPerSecond).toBeLessThan(
      speedPrior({ modelId: 'demo-mini', known: null, isLocal: true, isDemo: true }).tokensPerSecond,
    );
  });
});
