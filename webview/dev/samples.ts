/** Made-up but plausible decisions and tasks for the harness, in the shapes of the contract. */
import type { Candidate, Decision, Outcome, Rejection, ScoreParts, TaskView } from '@task-router/protocol';
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
