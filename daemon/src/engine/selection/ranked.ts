/** An eligible candidate on its way through the ranking, with what the order depends on. */
import type { RouteFacts } from '../model/route.ts';
import type { Candidate } from '../model/selection.ts';

export type Eligible = Extract<Candidate, { eligible: true }>;

export interface Ranked {
  readonly route: RouteFacts;
  readonly candidate: Eligible;
  readonly tier: Tier;
}

/** In this order: `preferred`, `ordinary`, `probation`, `demo`, `demoProbation`. */
export type Tier = 'preferred' | 'ordinary' | 'probation' | 'demo' | 'demoProbation';
