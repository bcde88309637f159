/** Made-up but plausible data for the harness: routes, nodes, decisions and tasks in the shapes of the contract. */
import type {
  Candidate,
  Decision,
  NodeView,
  Outcome,
  Rejection,
  ScoreParts,
  TaskView,
} from '@task-router/protocol';
import { localModels } from './local-models.ts';
import { flipPoints, qualityAround, understanding } from './explanation.ts';

export const weights: ScoreParts = { capability: 0.4, performance: 0.3, resources: 0.2, history: 0.1 };

/** `parts` in the order capability, performance, resources, history. */
export function candidate(
  route: string,
  provider: Candidate['provider'],
  parts: readonly [number, number, number, number],
  more: Partial<Candidate> = {},
): Candidate {
  const [capability, performance, resources, history] = parts;
  const score = capability * 0.4 + performance * 0.3 + resources * 0.2 + history * 0.1;
  return {
    route,
    label: route.slice(route.indexOf('/') + 1),
    provider,
    isLocal: provider === 'ollama',
    isDemo: false,
    state: 'healthy',
    score,
    parts: { capability, performance, resources, history },
    expected: { firstTokenMs: 640, totalMs: 8_200, costUsd: provider === 'ollama' ? 0 : 0.0123 },
    quality: qualityAround(capability),
    gate: { passed: true, bound: history, floor: 0.61 },
    rejected: null,
    ...more,
  };
}

type Place = Partial<Pick<Candidate, 'label' | 'isLocal' | 'isDemo' | 'state'>>;

export function rejected(
  route: string,
  provider: Candidate['provider'],
  rejection: Omit<Rejection, 'setting'> & Partial<Pick<Rejection, 'setting'>>,
  place: Place = {},
): Candidate {
  return candidate(route, provider, [0, 0, 0, 0], {
    score: null,
    parts: null,
    expected: null,
    quality: null,
    gate: null,
    rejected: { setting: null, ...rejection },
    ...place,
  });
}

export const sonnet = candidate('claude/claude-sonnet-4-5', 'anthropic', [0.94, 0.78, 0.88, 0.81], {
  label: 'Claude Sonnet 4.5',
  expected: { firstTokenMs: 910, totalMs: 9_400, costUsd: 0.0213 },
});
export const qwen = candidate('local/qwen3-coder:30b', 'ollama', [0.81, 0.66, 0.97, 0.74], {
  label: 'qwen3-coder:30b',
  expected: { firstTokenMs: 420, totalMs: 14_800, costUsd: 0 },
});
export const gpt = candidate('openai/gpt-5-mini', 'openai', [0.8, 0.84, 0.62, 0.58], {
  label: 'GPT-5 mini',
  expected: { firstTokenMs: 530, totalMs: 6_900, costUsd: 0.0041 },
});
export const lab = candidate('lab/coder-large', 'openai-compatible', [0.72, 0.55, 0.7, 0.5], {
  label: 'coder-large',
  quality: { mean: 0.72, lowerBound: 0.41, upperBound: 0.94, sampleSize: 0, source: 'class' },
  gate: { passed: false, bound: 0.5, floor: 0.61 },
  state: 'degraded',
  expected: { firstTokenMs: 2_300, totalMs: 21_000, costUsd: null },
});

export const dropped: readonly Candidate[] = [
  rejected(
    'google/gemini-2.5-pro',
    'google',
    { code: 'access.keyMissing', reason: 'No key is known for the node "google".' },
    { label: 'Gemini 2.5 Pro' },
  ),
  rejected('lab/coder-xl', 'openai-compatible', {
    code: 'policy.costCap',
    reason: 'Expected to cost $0.61, the limit is $0.50.',
    setting: 'Workspace: taskRouter.policy.maxCostPerTaskUsd = 0.5',
  }),
  rejected(
    'local/llama3.2:1b',
    'ollama',
    {
      code: 'capability.contextWindow',
      reason: 'The task needs 18,400 tokens, this model reads 8,192.',
    },
    { isLocal: true },
  ),
];

export function decision(taskId: string, more: Partial<Decision> = {}): Decision {
  return {
    decisionId: `decision-${taskId}`,
    taskId,
    createdAtMs: Date.now() - 12_000,
    kind: 'explain',
    understanding,
    flipPoints: flipPoints(sonnet.route, qwen.route),
    priority: 'interactive',
    inputTokens: 18_412,
    objective: 'balanced',
    weights,
    route: sonnet.route,
    runnerUp: qwen.route,
    summary:
      'Claude Sonnet 4.5 scores 0.87 against 0.79 for qwen3-coder:30b: it is stronger at explaining TypeScript (0.94 against 0.81), which outweighs that the local model is free.',
    candidates: [sonnet, qwen, gpt, lab, ...dropped],
    context: [
      {
        file: 'src/engine/selection/select-primary-route.ts',
        range: { startLine: 12, endLine: 148 },
        bytes: 5_812,
      },
      { file: 'src/engine/selection/calculate-route-score.ts', range: null, bytes: 9_204 },
    ],
    skippedContext: [
      { file: '.env', reason: 'secret' },
      { file: 'dist/bundle.js', reason: 'ignored' },
    ],
    settings: ['Workspace: taskRouter.policy.maxCostPerTaskUsd = 0.5'],
    propensity: 1,
    cached: false,
    decidedInUs: 212,
    versions: { engine: '1', policy: 'p1', catalog: 'c1', routing: 'r1' },
    ...more,
  };
}

export function task(taskId: string, more: Partial<TaskView> = {}): TaskView {
  return {
    taskId,
    title: 'Explain how the primary route is selected and where ties are broken',
    kind: 'explain',
    startedAtMs: Date.now() - 4_000,
    retryOf: null,
    decision: decision(taskId),
    transitions: [],
    text: '',
    textTruncated: false,
    outcome: null,
    error: null,
    ...more,
  };
}

export function outcome(more: Partial<Outcome> = {}): Outcome {
  return {
    status: 'succeeded',
    route: sonnet.route,
    attempts: 1,
    finishReason: 'stop',
    timings: { queuedMs: 2, firstTokenMs: 874, totalMs: 9_120 },
    tokens: { input: 18_412, output: 611, cachedInput: 12_000, reasoning: 0 },
    costUsd: 0.0208,
    ...more,
  };
}

function routeView(
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

export const answer = `The primary route is chosen in three steps: **filter**, **score**, **pick**.

1. Each hard filter may drop a candidate and must say why (\`access.keyMissing\`, \`policy.costCap\`, …).
2. What is left gets a score in \`0..1\`, the weighted sum of four parts.
3. The best score wins; ties are broken by the injected random source, so a replay with the same seed gives the same route.

## Where ties are broken

\`\`\`ts
export function pickBest(candidates: readonly Candidate[], random: Random): Candidate | null {
  const best = Math.max(...candidates.map((candidate) => candidate.score));
  const tied = candidates.filter((candidate) => best - candidate.score < 1e-9);
  return tied.length === 0 ? null : (tied[Math.floor(random.next() * tied.length)] ?? null);
}
\`\`\`

Two consequences worth knowing:

- A **cached** decision skips the first two steps. Its key holds the task's kind, its size and the policy version.
- The ranked rest is the failover plan:

  \`\`\`sh
  task-router explain decision-17 --json | jq '.candidates[].route'
  \`\`\`

| part | weight | on an absolute scale of |
| :-- | --: | :-- |
| capability | 0.40 | benchmark results for this kind of task |
| performance | 0.30 | first token and tokens per second |
| resources | 0.20 | price, free slots, quota |
| history | 0.10 | your own outcomes |

> Nothing here calls a model: the decision is a pure function of its arguments.

More in [the VS Code documentation](https://code.visualstudio.com/api/extension-guides/webview).
`;
