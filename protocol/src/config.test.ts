import { describe, expect, it } from 'vitest';
import { configSchema, isLoopbackUrl } from './config.ts';

const withNode = (node: object) =>
  configSchema.safeParse({ nodes: [{ id: 'a', provider: 'openai', ...node }] });
const endpoint = (baseUrl: string): boolean => withNode({ baseUrl }).success;

describe('config schema', () => {
  it('makes a usable configuration of nothing', () => {
    expect(configSchema.parse({})).toEqual({
      nodes: [],
      policy: {},
      budgets: [],
      history: { storePrompts: false, retentionDays: 90, maxMegabytes: 512 },
      endpoint: { enabled: false, port: 14_114 },
      discovery: { localServers: true, environmentKeys: true, editorModels: true },
    });
  });

  it.each([
    'https://models.example/v1',
    'https://127.0.0.1:8443',
    'http://127.0.0.1:11434',
    'http://127.255.0.1:1',
    'http://localhost:1234/v1',
    'http://[::1]:8080',
  ])('takes the endpoint %s', (url) => {
    expect(endpoint(url)).toBe(true);
  });

  it.each([
    'http://models.example/v1',
    'http://127.evil.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://0.0.0.0:1',
    'http://192.168.0.2:11434',
    'http://[::2]:1',
    'https://user:password@models.example',
    'http://127.0.0.1@evil.example',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'models.example',
    '',
  ])('refuses the endpoint %s', (url) => {
    expect(endpoint(url)).toBe(false);
  });

  it('tells this machine from names that only look like it', () => {
    expect(['http://127.0.0.1:1', 'https://[::1]/v1', 'http://LOCALHOST'].map(isLoopbackUrl)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['https://models.example', 'http://127.evil.example', 'nonsense'].map(isLoopbackUrl)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('has no place for a key', () => {
    expect(withNode({ apiKey: 'sk-x' }).success).toBe(false);
    expect(withNode({ headers: { Authorization: 'x' } }).success).toBe(false);
    expect(withNode({ apiKeyEnv: 'MY_KEY' }).success).toBe(true);
    expect(withNode({ apiKeyEnv: '${env:MY_KEY}' }).success).toBe(false);
  });

  it('wants weights that add up, node names that are unique, and an address where none is standard', () => {
    const weights = { capability: 0.4, performance: 0.3, resources: 0.2, history: 0.1 };
    expect(configSchema.safeParse({ policy: { weights } }).success).toBe(true);
    expect(configSchema.safeParse({ policy: { weights: { ...weights, history: 0.2 } } }).success).toBe(false);
    const twice = [
      { id: 'a', provider: 'ollama' },
      { id: 'a', provider: 'openai' },
    ];
    expect(configSchema.safeParse({ nodes: twice }).success).toBe(false);
    expect(withNode({ provider: 'openai-compatible' }).success).toBe(false);
    expect(withNode({ provider: 'editor' }).success).toBe(false);
  });
});
