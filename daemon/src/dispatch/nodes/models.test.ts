/** Who has the last word on a model: the user, then its server, then the catalogue. */
import { describe, expect, it } from 'vitest';
import { mergeModels, presumedModels } from './models.ts';
import type { NodeIdentity } from './node.ts';

function node(changes: Partial<NodeIdentity>): NodeIdentity {
  return {
    nodeId: 'n',
    provider: 'ollama',
    label: 'n',
    origin: 'config',
    baseUrl: 'http://127.0.0.1:11434',
    isLocal: true,
    isDemo: false,
    needsKey: false,
    slots: 1,
    rates: {},
    quotaGroup: null,
    configuredModels: [],
    ownerClientId: null,
    ...changes,
  };
}

describe('models of a node', () => {
  it('are free and local on this machine, except those that Ollama passes on to its cloud', () => {
    const [here, cloud] = mergeModels(node({}), [
      { modelId: 'never-heard-of:7b' },
      { modelId: 'big-one:480b-cloud' },
    ]);
    expect(here).toMatchObject({ isLocal: true, prices: { inputPerMTok: 0, outputPerMTok: 0 } });
    expect(cloud).toMatchObject({ isLocal: false, prices: null });
  });

  it('go by their ids where two of them have one name', () => {
    const served = ['q4_K_M', 'q8_0'].map((size) => ({ modelId: `big:${size}`, label: 'Big' }));
    expect(mergeModels(node({}), served).map(({ label }) => label)).toEqual(['big:q4_K_M', 'big:q8_0']);
    expect(mergeModels(node({}), served.slice(1)).map(({ label }) => label)).toEqual(['Big']);
  });

  it('have the user’s word before the server’s, and unknown stays unknown', () => {
    const config = { id: 'm', contextWindow: 1000, capabilities: { tools: true } };
    const far = node({
      provider: 'openai-compatible',
      baseUrl: 'https://models.example/v1',
      isLocal: false,
      configuredModels: [config],
    });
    const [model] = mergeModels(far, [
      { modelId: 'm', contextWindow: 9, maxOutputTokens: 50, capabilities: { tools: false, vision: true } },
    ]);
    expect(model).toMatchObject({
      contextWindow: 1000,
      maxOutputTokens: 50,
      capabilities: { tools: true, vision: true, reasoning: null },
      prices: null,
      isLocal: false,
    });
  });

  it('include new ones that the catalogue has never heard of', () => {
    const cloud = node({ provider: 'openai', baseUrl: 'https://api.openai.com/v1', isLocal: false });
    expect(mergeModels(cloud, [{ modelId: 'gpt-99-unheard-of' }])).toHaveLength(1);
  });

  it('come from the catalogue, a few, where the account may not be asked yet', () => {
    const cloud = node({ provider: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', isLocal: false });
    const presumed = presumedModels(cloud);
    expect(presumed.length).toBeGreaterThan(0);
    expect(presumed.length).toBeLessThanOrEqual(6);
    expect(presumed.every((model) => model.prices !== null && model.prices.inputPerMTok > 0)).toBe(true);
    expect(presumedModels(node({}))).toEqual([]);
  });
});
