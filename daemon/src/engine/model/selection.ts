/** A decision: what it is made from, and what it says of the chosen route and of every other. */
import type { Objective, PolicyLayer, ResolvedPolicy, Weights } from './policy.ts';
import type { Access, RouteFacts } from './route.ts';
import type { Needs, TaskFacts } from './task.ts';

/**
 * Filter work that depends on no task's size, nor on anything that changes by the second. Plain data, made by
 * `prepareCandidates`, kept in the route cache. It carries what it was made from, so that it is never used for
 * anything else.
 */
export interface PreparedCandidates {
  readonly needs: Needs;
  readonly layers: readonly PolicyLayer[];
  readonly policy: ResolvedPolicy;
  /** Each restriction of the policy in words, in the order in which they are told. */
  readonly settings: readonly SettingText[];
  readonly routes: readonly PreparedRoute[];
}

/** A setting's name, and the same with its value. */
export interface SettingText {
  readonly setting: string;
  readonly text: string;
}

export interface PreparedRoute {
  readonly routeId: string;
  readonly isLocal: boolean;
  readonly access: Access;
  readonly capabilities: RouteFacts['capabilities'];
  /** null: nothing known here speaks against the route. */
  readonly rejection: Rejection | null;
}

/** Each 0..1, higher is better, on an absolute scale: adding another route never changes them. */
export type ScoreParts = Weights;

export type RejectionCode =
  | 'policy.denied'
  | 'policy.notAllowed'
  | 'policy.localOnly'
  | 'policy.costCap'
  | 'policy.qualityFloor'
  | 'access.keyMissing'
  | 'access.keyRejected'
  | 'access.consentNeeded'
  | 'access.otherWindow'
  | 'capability.tools'
  | 'capability.vision'
  | 'capability.structuredOutput'
  | 'capability.reasoning'
  | 'capability.contextWindow'
  | 'capability.outputTokens'
  | 'health.unreachable'
  | 'health.ejected'
  | 'health.draining'
  | 'health.disabled'
  | 'resources.noSlot'
  | 'task.excluded';

export interface Rejection {
  readonly code: RejectionCode;
  readonly reason: string;
  /** The setting that decided, when a policy did, as a developer reads it. */
  readonly setting: string | null;
}

export interface Expected {
  readonly firstTokenMs: number;
  readonly totalMs: number;
  /** null: unknown price. */
  readonly costUsd: number | null;
}

export type Candidate =
  | {
      readonly routeId: string;
      readonly eligible: true;
      readonly score: number;
      readonly parts: ScoreParts;
      readonly expected: Expected;
      /** Present where the route carries a quality posterior. */
      readonly quality?: { readonly mean: number; readonly pseudoCounts: number };
      /** Success gate; present where it was held, which takes a quality posterior. */
      readonly gate?: GateResult;
    }
  | { readonly routeId: string; readonly eligible: false; readonly rejection: Rejection };

/**
 * The success gate of one candidate: its history part against a share of the best one among the candidates of its
 * tier. A route that fails it comes after all of its tier that pass, whatever its score.
 */
export interface GateResult {
  readonly passed: boolean;
  readonly bound: number;
  readonly floor: number;
}

/** What exploration may still do, as the caller's accounts stand. Absent, or a share of 0: no exploration. */
export interface ExplorationFacts {
  /** Chance 0..1 with which this decision draws among near ties instead of taking the best. */
  readonly share: number;
  /** US dollars that trying another route may cost more than the best one. */
  readonly extraCostLeftUsd: number;
}

/** State of the budget pacer that decisions read. 0: as if there were no budget. */
export interface PacingFacts {
  readonly lambda: number;
}

/** What exploration did in a decision with at least two near ties: it may have taken the best all the same. */
export interface ExplorationResult {
  /** Whether another route than the best one was taken. */
  readonly explored: boolean;
  /** The route that would have been taken without exploration. */
  readonly best: string;
  readonly share: number;
  /** Expected cost of the chosen route above that of the best one, US dollars, at least 0. */
  readonly extraCostUsd: number;
  /** Near ties with the chance each had, best first; the chances add up to 1. */
  readonly nearTies: readonly { readonly routeId: string; readonly propensity: number }[];
}

/** What `selectPrimaryRoute` is given: with the same input it gives the same selection, bit for bit. */
export interface SelectionInput {
  readonly task: TaskFacts;
  readonly routes: readonly RouteFacts[];
  /** Widest first. */
  readonly policy: readonly PolicyLayer[];
  /** Seeds the only randomness: ties, and draws among near ties where exploration is allowed. */
  readonly seed: number;
  readonly exploration?: ExplorationFacts;
  readonly pacing?: PacingFacts;
}

export interface Selection {
  /** Eligible candidates best first, then the rejected ones in input order. */
  readonly candidates: readonly Candidate[];
  /** Ids of the eligible routes, best first: the plan that failover follows. */
  readonly ranked: readonly string[];
  readonly chosen: string | null;
  readonly objective: Objective;
  /** The weights that scored: the policy's, shifted by the pacer where it had to. */
  readonly weights: Weights;
  /** Settings that shaped the choice, in words. */
  readonly settings: readonly string[];
  /** Why the chosen route and not the runner-up, in one sentence. */
  readonly summary: string;
  /** Chance with which this choice was made; 1 without exploration. */
  readonly propensity: number;
  /** Present when there were near ties to draw among. */
  readonly exploration?: ExplorationResult;
  /** Present when the pacer shifted the weights; `unpaced` are the policy's. */
  readonly pacing?: { readonly lambda: number; readonly unpaced: Weights };
}
