/** Made-up explanations for the harness: what a task was understood as, and what would change its choice. */
import type { Decision, Quality } from '@task-router/protocol';

export const understanding: NonNullable<Decision['understanding']> = {
  kindSource: 'rule',
  confidence: 0.9,
  taskClass: 'explain',
  language: 'typescript',
  isAgentic: false,
  asksForJson: false,
  difficulty: 0.61,
  guard: { fired: false, reasons: [] },
  words: 'Explain, TypeScript, single turn; seems difficult',
};

export function flipPoints(chosen: string, rival: string): Decision['flipPoints'] {
  return [
    {
      factor: 'quality',
      of: rival,
      from: 0.81,
      to: 0.88,
      becomes: rival,
      sentence: `${rival} would be chosen if it did this kind of task well with a chance of at least 0.88 (now 0.81).`,
    },
    {
      factor: 'price',
      of: chosen,
      from: 0.0213,
      to: 0.095,
      becomes: rival,
      sentence: `${rival} would be chosen if ${chosen} cost at least $0.095 (now $0.0213).`,
    },
    {
      factor: 'weight.resources',
      of: null,
      from: 0.2,
      to: 0.36,
      becomes: rival,
      sentence: `${rival} would be chosen if the weight of resources were at least 0.36 (now 0.2).`,
    },
    {
      factor: 'promptTokens',
      of: null,
      from: 18_412,
      to: 61_300,
      becomes: rival,
      sentence: `${rival} would be chosen if the prompt had at least 61.3k tokens (now 18.4k tokens).`,
    },
  ];
}

export function qualityAround(mean: number): Quality {
  return {
    mean,
    lowerBound: Math.max(0, mean - 0.11),
    upperBound: Math.min(1, mean + 0.09),
    sampleSize: 42,
    source: 'measured',
  };
}
