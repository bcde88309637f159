/** Made-up queues, questions, shortages and spend for the harness, in the shapes of the contract. */
import type { AllocationView, BudgetQuestion, QueueView, QuotaView, SpendView } from '@task-router/protocol';
import { nodes } from './node-samples.ts';
import { sonnet } from './samples.ts';

export const queue: QueueView = {
  position: 3,
  waiting: 7,
  reason: 'Both slots of gpu-box are taken.',
  expectedWaitMs: 14_000,
  sinceMs: Date.now() - 6_000,
  untilMs: Date.now() + 24_000,
};

export const question: BudgetQuestion = {
  questionId: 'q1',
  budget: '$5.00 a day (config.jsonc)',
  message: 'The task may cost up to $0.42, and $0.13 of the budget of $5.00 a day is left.',
  limitUsd: 5,
  spentUsd: 4.65,
  heldUsd: 0.22,
  neededUsd: 0.42,
  resetsAtMs: Date.now() + 5 * 3_600_000,
  untilMs: Date.now() + 600_000,
};

export const shortage: AllocationView = {
  route: sonnet.route,
  atMs: Date.now(),
  isAllocated: true,
  summary: 'Output tokens of this minute were short; the answer may have 2,048 tokens instead of 8,192.',
  held: ['1 slot of 4', '1 request of 50 a minute', '18,412 input tokens', '2,048 output tokens'],
  maxOutputTokens: 2_048,
  strategies: [
    {
      strategy: 'wait',
      isFeasible: true,
      isChosen: false,
      reason: 'Enough is back in 38 s.',
      waitMs: 38_000,
      extraCostUsd: 0,
      qualityLoss: 0,
      utility: 0.42,
    },
    {
      strategy: 'lowerMaxTokens',
      isFeasible: true,
      isChosen: true,
      reason: '99 of 100 such answers are shorter than 2,048 tokens.',
      waitMs: 0,
      extraCostUsd: 0,
      qualityLoss: 0.01,
      utility: 0.97,
    },
    {
      strategy: 'otherAccount',
      isFeasible: false,
      isChosen: false,
      reason: 'No other account serves this model.',
      waitMs: null,
      extraCostUsd: null,
      qualityLoss: null,
      utility: null,
    },
  ],
};

export const spend: SpendView = {
  atMs: Date.now(),
  today: { settledUsd: 4.65, plusMinusUsd: 0.12, calls: 61, unknownCalls: 3 },
  month: { settledUsd: 38.2, plusMinusUsd: 0.9, calls: 812, unknownCalls: 14 },
  heldUsd: 0.22,
  budgets: [
    {
      name: '$5.00 a day (config.jsonc)',
      scope: 'user',
      window: 'day',
      hard: true,
      limitUsd: 5,
      settledUsd: 4.65,
      heldUsd: 0.22,
      resetsAtMs: Date.now() + 5 * 3_600_000,
    },
    {
      name: '$30.00 a month (config.jsonc)',
      scope: 'user',
      window: 'month',
      hard: false,
      limitUsd: 30,
      settledUsd: 38.2,
      heldUsd: 0.22,
      resetsAtMs: Date.now() + 8 * 86_400_000,
    },
  ],
  providers: [
    {
      provider: 'anthropic',
      settledUsd: 31.4,
      plusMinusUsd: 0,
      calls: 540,
      unknownCalls: 0,
      predictedUsd: 29.9,
      ratio: 1.05,
      isDrifting: false,
    },
    {
      provider: 'openai-compatible',
      settledUsd: 6.8,
      plusMinusUsd: 0.9,
      calls: 272,
      unknownCalls: 14,
      predictedUsd: 3.9,
      ratio: 1.74,
      isDrifting: true,
    },
  ],
};

export const limitedNodes = nodes.slice(0, 2).map((node) => ({
  ...node,
  quotaGroup: 'team',
  quota: [
    { dimension: 'requests', limit: 50, remaining: 41, resetsAtMs: Date.now() + 11_000, source: 'learned' },
    {
      dimension: 'outputTokens',
      limit: 8_000,
      remaining: 0,
      resetsAtMs: Date.now() + 40_000,
      source: 'config',
    },
  ] as const satisfies QuotaView[],
}));
