/** Made-up but plausible nodes for the harness, healthy and not, and those of the demo. */
import type { NodeView } from '@task-router/protocol';
import { localModels } from './local-models.ts';

export function routeView(
  routeId: string,
  label: string,
  more: Partial<NodeView['routes'][number]> = {},
): NodeView['routes'][number] {
  return {
    routeId,
    modelId: routeId.slice(routeId.indexOf('/') + 1),
    label,
    state: 'healthy',
    stateReason: null,
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    capabilities: { tools: true, vision: true, reasoning: true, structuredOutput: true },
    prices: { inputPerMTok: 3, outputPerMTok: 15 },
    calls: 41,
    successRate: 0.976,
    firstTokenMs: 874,
    tokensPerSecond: 71.4,
    inFlight: 0,
    spentUsd: 0.82,
    ...more,
  };
}

function node(
  nodeId: string,
  provider: NodeView['provider'],
  label: string,
  more: Partial<NodeView> = {},
): NodeView {
  return {
    nodeId,
    provider,
    label,
    origin: 'config',
    baseUrl: null,
    isLocal: false,
    isDemo: false,
    access: 'ready',
    accessHint: null,
    keySource: 'none',
    slots: null,
    routes: [],
    ...more,
  };
}

export const nodes: readonly NodeView[] = [
  node('claude', 'anthropic', 'Claude', {
    baseUrl: 'https://api.anthropic.com',
    keySource: 'secretStorage',
    slots: 8,
    routes: [
      routeView('claude/claude-sonnet-4-5', 'Claude Sonnet 4.5', { inFlight: 1 }),
      routeView('claude/claude-haiku-4-5', 'Claude Haiku 4.5', {
        state: 'recovering',
        stateReason: 'Rate limit until 14:32; half of the calls go through.',
        successRate: 0.62,
        calls: 8,
        firstTokenMs: 402,
        spentUsd: 0.0031,
      }),
    ],
  }),
  node('local', 'ollama', 'Ollama', {
    origin: 'discovered',
    baseUrl: 'http://127.0.0.1:11434',
    isLocal: true,
    slots: 2,
    server: { loadedModels: 1, loadedBytes: 19_400_000_000, busySlots: null },
    routes: [
      routeView('local/qwen3-coder:30b', 'qwen3-coder:30b', {
        calls: 112,
        successRate: 1,
        firstTokenMs: 390,
        tokensPerSecond: 38.2,
        contextWindow: 262_144,
        ...localModels.cut,
      }),
      routeView('local/llama3.2:1b', 'llama3.2:1b', {
        state: 'unknown',
        calls: 0,
        successRate: null,
        firstTokenMs: null,
        tokensPerSecond: null,
        contextWindow: 8_192,
        ...localModels.cold,
      }),
    ],
  }),
  node('lab', 'openai-compatible', 'Lab cluster', {
    baseUrl: 'https://models.example/v1',
    keySource: 'environment',
    slots: 4,
    access: 'unreachable',
    accessHint:
      'Connection refused at models.example:443. Start the server, or correct its address in config.jsonc.',
    routes: [
      routeView('lab/coder-large', 'coder-large', {
        state: 'ejected',
        stateReason: '5 failures in a row; next probe in 40 s.',
        prices: null,
        calls: 17,
        successRate: 0.41,
        spentUsd: 0,
        contextWindow: null,
      }),
    ],
  }),
  node('google', 'google', 'Google', {
    origin: 'key',
    access: 'keyMissing',
    accessHint:
      'Add a key with "Task Router: Add Provider Key", or set the environment variable that config.jsonc names.',
  }),
  node('mistral', 'openai-compatible', 'Mistral', {
    origin: 'environment',
    access: 'consentNeeded',
    accessHint:
      'Found in the environment. It costs money and receives code, so it is used only after you confirm it.',
  }),
  node('editor-1', 'editor', 'VS Code models', {
    origin: 'editor',
    access: 'consentNeeded',
    accessHint: 'The editor asks for your consent the first time a task uses one of its models.',
    routes: [
      routeView('editor-1/copilot-gpt-4.1', 'GPT-4.1 (Copilot)', {
        state: 'unknown',
        prices: null,
        calls: 0,
        successRate: null,
        firstTokenMs: null,
        tokensPerSecond: null,
        spentUsd: 0,
        contextWindow: 128_000,
      }),
    ],
  }),
];

export const demoNodes: readonly NodeView[] = ['quick', 'careful', 'flaky'].map((name, position) =>
  node(
    `demo-${name}`,
    position === 2 ? 'ollama' : position === 1 ? 'anthropic' : 'openai-compatible',
    `Demo: ${name}`,
    {
      origin: 'demo',
      isDemo: true,
      isLocal: true,
      baseUrl: `http://127.0.0.1:${41_000 + position}`,
      slots: 4,
      routes: [
        routeView(`demo-${name}/${name}-1`, `${name}-1`, {
          prices: { inputPerMTok: 0, outputPerMTok: 0 },
          spentUsd: 0,
          calls: 3,
          successRate: position === 2 ? 0.33 : 1,
          state: position === 2 ? 'degraded' : 'healthy',
          stateReason: position === 2 ? '2 of 3 calls failed' : null,
          contextWindow: 32_768,
        }),
      ],
    },
  ),
);
