/** Tasks and candidates that several scenes of the panel share. */
import type { TaskView } from '@task-router/protocol';
import { answer } from './answer-sample.ts';
import { candidate, gpt, outcome, qwen, sonnet, task } from './samples.ts';

export const earlier: readonly TaskView[] = [
  task('t1', {
    title: 'Write a unit test for parseLineRange',
    kind: 'test',
    startedAtMs: Date.now() - 3_600_000,
    text: 'Done.',
    outcome: outcome({ route: qwen.route, costUsd: 0 }),
  }),
  task('t2', {
    title: 'Fix: Type "string | undefined" is not assignable to type "string" in config/load.ts',
    kind: 'fix',
    startedAtMs: Date.now() - 1_800_000,
    outcome: outcome({ status: 'cancelled', costUsd: null }),
  }),
];

export const failing = task('t4', {
  transitions: [
    {
      from: sonnet.route,
      to: qwen.route,
      cause: 'network',
      message: 'connect ECONNREFUSED 203.0.113.7:443',
      mode: 'restart',
      atMs: Date.now() - 3_000,
    },
    {
      from: qwen.route,
      to: gpt.route,
      cause: 'stall',
      message: 'No token for 20 s after 212 tokens.',
      mode: 'continue',
      atMs: Date.now() - 1_200,
    },
  ],
  text: answer,
  outcome: outcome({
    route: gpt.route,
    attempts: 3,
    timings: { queuedMs: 0, firstTokenMs: 12_400, totalMs: 41_020 },
  }),
});

export const demoFirst = candidate('demo-careful/careful-1', 'anthropic', [0.8, 0.5, 0.9, 0.5], {
  label: 'careful-1',
  isLocal: true,
  isDemo: true,
  expected: { firstTokenMs: 600, totalMs: 5_000, costUsd: 0 },
});
export const demoSecond = candidate('demo-quick/quick-1', 'openai-compatible', [0.5, 0.9, 0.9, 0.5], {
  label: 'quick-1',
  isLocal: true,
  isDemo: true,
  expected: { firstTokenMs: 80, totalMs: 900, costUsd: 0 },
});
