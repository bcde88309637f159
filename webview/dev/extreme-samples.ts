/** Names without end and lists too long to show at once, for the harness. */
import type { NodeView } from '@task-router/protocol';
import { nodes, routeView } from './node-samples.ts';
import { candidate, dropped, gpt, lab, qwen, rejected, sonnet } from './samples.ts';

export const longName =
  'mradermacher/Qwen3-Coder-480B-A35B-Instruct-Abliterated-Heretic-v2-GGUF-imatrix-Q4_K_M-ctx262144-with-a-name-that-does-not-end';
export const longRoute = candidate(
  `a-node-with-a-rather-long-name-in-the-office/${longName}`,
  'openai-compatible',
  [0.9, 0.7, 0.6, 0.5],
  {
    expected: { firstTokenMs: 12_345, totalMs: 1_234_567, costUsd: 123.456 },
    state: 'degraded',
  },
);

export const many = [
  ...[sonnet, qwen, gpt, lab],
  ...Array.from({ length: 6 }, (_, index) =>
    candidate(`openrouter/model-${index + 1}`, 'openai-compatible', [0.7 - index * 0.05, 0.6, 0.5, 0.4], {
      label: `OpenRouter model ${index + 1}`,
    }),
  ),
  ...dropped,
  rejected('claude/claude-opus-4-5', 'anthropic', {
    code: 'policy.denied',
    reason: 'The pattern claude/claude-opus* is denied.',
    setting: 'Folder "api": taskRouter.policy.deny',
  }),
  rejected(
    'openai/gpt-5',
    'openai',
    { code: 'health.ejected', reason: '5 failures in the last minute; next probe in 40 s.' },
    { state: 'ejected' },
  ),
];

const usualRoute = routeView('claude/model', 'Model');

/** One server with more models than anybody reads through, above all other nodes. */
export const crowdedNodes: readonly NodeView[] = nodes.map((node, index) =>
  index > 0
    ? node
    : {
        ...node,
        routes: Array.from({ length: 55 }, (_, at) => ({
          ...usualRoute,
          routeId: `${node.nodeId}/model-${at + 1}`,
          label: `Model ${at + 1}`,
          calls: at === 40 ? 7 : 0,
          successRate: at === 40 ? 1 : null,
        })),
      },
);

/** Of one family, alike for 14 characters and more: what differs has to be seen in the narrowest panel. */
export const siblings = ['qwen2.5-coder-7b-instruct-q4_K_M', 'qwen2.5-coder-14b-instruct-q4_K_M'].map(
  (name, index) => candidate(`local/${name}`, 'ollama', [0.8 - index * 0.1, 0.7, 0.9, 0.5], { label: name }),
);
