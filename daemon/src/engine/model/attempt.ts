/** How a call on a route ended, and how its answer was graded. */

/** Ways a call on a route can fail; mapped per provider. */
export type FailureKind =
  | 'badRequest'
  | 'auth'
  | 'billing'
  | 'modelNotFound'
  | 'rateLimit'
  | 'overloaded'
  | 'server'
  | 'network'
  | 'firstTokenTimeout'
  | 'stall'
  | 'deadline'
  | 'truncated'
  | 'empty'
  | 'contentPolicy'
  | 'contextLength'
  | 'consentNeeded'
  | 'windowClosed';

/** How one attempt on a route ended, as `monitorPerformance` and `integrateHealthMonitoring` take it. */
export interface AttemptResult {
  readonly routeId: string;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly failure: FailureKind | null;
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
  /** The provider's own word on when to come back, if it gave one. */
  readonly retryAfterMs: number | null;
  readonly endedAtMs: number;
  /** False when no connection came about at all. Absent: it did, or nobody knows. */
  readonly connected?: boolean;
  /** The machine was asleep or offline meanwhile: the failure says nothing of the route. */
  readonly excused?: boolean;
  /** Whose call it was, for telling one slow session from a slow route. */
  readonly session?: string;
  /** Of the input, read from the provider's cache; absent or null: not told. */
  readonly cachedInputTokens?: number | null;
  /** What the decision expected the call to take. */
  readonly expectedMs?: number | null;
  /** What these tokens cost by the catalogue's prices, US dollars; differs from `costUsd` when prices changed. */
  readonly listCostUsd?: number | null;
}

/** A graded outcome with the chance of success its task was given beforehand. */
export interface GradedResult {
  readonly success: boolean;
  readonly expected: number;
  readonly atMs: number;
}
