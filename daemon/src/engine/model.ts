/**
 * The engine's own vocabulary. These are not wire types: mappers in server/ translate, so that the engine depends on
 * nothing and the wire can change without it (and the other way round).
 *
 * Everything here is plain data: it can be stored as JSON and given back for an exact replay.
 */

export type TaskKind =
  'explain' | 'fix' | 'refactor' | 'test' | 'document' | 'generate' | 'review' | 'commit' | 'chat';

export type Priority = 'critical' | 'interactive' | 'background' | 'batch';

/** What the engine knows of a task. No text: prompts stay outside. */
export interface TaskFacts {
  readonly taskId: string;
  readonly kind: TaskKind;
  readonly language: string | null;
  /** Estimated tokens of prompt and context together, for a usual tokenizer. */
  readonly inputTokens: number;
  /** Estimated tokens of the answer. */
  readonly outputTokens: number;
  readonly needs: Needs;
  readonly priority: Priority;
  /** Whole-task deadline over all attempts; null: the policy's default. */
  readonly deadlineMs: number | null;
  readonly maxCostUsd: number | null;
  /** Only this route, when the developer chose one. */
  readonly pin: string | null;
  /** Never these routes (retry on another). */
  readonly exclude: readonly string[];
}

export interface Needs {
  readonly tools: boolean;
  readonly vision: boolean;
  readonly structuredOutput: boolean;
  readonly reasoning: boolean;
}

export type HealthState =
  'unknown' | 'healthy' | 'degraded' | 'ejected' | 'probing' | 'recovering' | 'draining' | 'disabled';

/** Whether a route may be called at all; decided outside the engine (keys, consent, reachability). */
export type Access = 'ready' | 'keyMissing' | 'keyRejected' | 'consentNeeded' | 'unreachable' | 'otherWindow';

/** Everything known of one route at the instant of a decision. Immutable; plugins read nothing else. */
export interface RouteFacts {
  /** `<nodeId>/<modelId>`. */
  readonly routeId: string;
  readonly nodeId: string;
  readonly modelId: string;
  readonly isLocal: boolean;
  readonly isDemo: boolean;
  readonly access: Access;
  /** null: unknown. An unknown capability satisfies no requirement. */
  readonly capabilities: {
    readonly tools: boolean | null;
    readonly vision: boolean | null;
    readonly structuredOutput: boolean | null;
    readonly reasoning: boolean | null;
  };
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  /**
   * Tokens that this model's family makes of what is estimated as one token (`TaskFacts.inputTokens`), learned from
   * reported usage; absent: 1.
   */
  readonly inputTokenFactor?: number;
  /** US dollars per million tokens; null: unknown, which is never treated as free. */
  readonly prices: { readonly inputPerMTok: number; readonly outputPerMTok: number } | null;
  /** Chance 0..1 that this model does a task of this class well, before any own evidence. */
  readonly capabilityPrior: number;
  /** Posterior of the same chance after graded outcomes; absent: only the prior is known, and no gate is held. */
  readonly quality?: QualityFacts;
  /** Measured by `monitorPerformance`; null fields where nothing was seen, then `speedPrior` counts. */
  readonly performance: PerformanceFacts;
  readonly health: HealthState;
  /** What brought the route into that state, as `integrateHealthMonitoring` words it; shown when it is rejected. */
  readonly healthReason?: string | null;
  /** Slow start: this decision is not among the share that the route gets so soon after coming back. */
  readonly heldBack?: boolean;
  /** Ejected for failures alone, so it may be tried when nothing else is eligible: `isLastResort` of its health. */
  readonly lastResort?: boolean;
  /** Slots of the route's node, from `allocateResources`' ledger. */
  readonly load: LoadFacts;
  /** What load distribution knows better; absent: time and cost follow from `performance` and `prices` alone. */
  readonly predicted?: PredictedCall;
}

/**
 * What `distributeLoad` predicts for this task on this route, told as what changes of the plain prediction: so a faster
 * first token or a lower price still shows in the score, and flip points stay true.
 */
export interface PredictedCall {
  /** Times of service are multiplied by this: the fitted law, the slowness of late and the warm prefix. */
  readonly timeFactor: number;
  /** Until a slot is free, ms. */
  readonly waitMs: number;
  /** The cost is multiplied by this: what a warm prefix saves. */
  readonly costFactor: number;
  /** Tokens of the prompt that the route's cache is believed to hold. */
  readonly cachedTokens: number;
  /** Counted against a route that would take a conversation away from where it is warm, beyond what moving costs; ms. */
  readonly marginMs: number;
  /** What reading the warm prefix anew takes and costs here, in US dollars; null: nothing is warm elsewhere. */
  readonly switchCost: { readonly seconds: number; readonly usd: number | null } | null;
}

export interface LoadFacts {
  /** Calls of ours under way on the node. */
  readonly inFlight: number;
  /** As configured, else as the server says; null: no limit known. */
  readonly slots: number | null;
  /** Whether the model is in the server's memory; absent: as `unknown`. */
  readonly state?: 'loaded' | 'cold' | 'unknown';
  /** Expected time until the model is loaded, in ms; absent: 0. Part of the first token. */
  readonly coldStartMs?: number;
  /** Expected wait for calls of others on the same server, in ms; absent: 0. Part of the first token. */
  readonly queueMs?: number;
  /** Time it takes to load again what this load throws out of memory, in ms; absent: 0. Counts, but nobody waits for it here. */
  readonly evictionMs?: number;
}

/** Beta posterior over "does a task of this kind well": pseudo-counts, prior included, both positive. */
export interface QualityFacts {
  readonly alpha: number;
  readonly beta: number;
  /** Where the posterior comes from; told, never scored. */
  readonly source?: {
    /** What the prior rests on: outcomes of this very model, of its family, or of its class of price and size. */
    readonly prior: 'measured' | 'family' | 'class';
    /** Graded answers of this model to tasks of this class, on this machine. */
    readonly outcomes: number;
    /** Outcomes' worth of evidence that the most similar of them add. */
    readonly similar: number;
  };
}

export interface PerformanceFacts {
  readonly firstTokenMs: number | null;
  readonly tokensPerSecond: number | null;
  /** Published or typical speed of this class of model. */
  readonly speedPrior: { readonly firstTokenMs: number; readonly tokensPerSecond: number };
  /** Graded or completed calls behind the history part; old ones fade, so these need not be whole numbers. */
  readonly successes: number;
  readonly failures: number;
  /** Calls' worth of evidence behind the measured speeds, fading with time; absent: believe them fully. */
  readonly confidence?: number;
}

/** What `detectFailoverNeed` judges a route by; `routeHealthFacts` reads it off a health state. */
export interface RouteHealthFacts {
  readonly state: HealthState;
  /** Newest calls that count for or against the route, cancelled and client errors excluded. */
  readonly recentCalls: number;
  readonly recentFailures: number;
  readonly consecutiveFailures: number;
  /** Times to connect or to answer a local probe, in ms, newest last. Never times of model calls. */
  readonly probeLatenciesMs: readonly number[];
  /** Evidence for a raised error rate, in nats, and the calls it rests on. */
  readonly errorEvidence: { readonly sum: number; readonly observations: number };
  /** What the monitor's latency test has just found, as a sentence; null: nothing. */
  readonly slowness: string | null;
}

export type PolicyLevel = 'user' | 'workspace' | 'folder' | 'task';

/** One layer as given; a lower one may only tighten. */
export interface PolicyLayer {
  readonly level: PolicyLevel;
  readonly name: string;
  readonly policy: {
    readonly objective?: Objective | undefined;
    readonly weights?: Weights | undefined;
    readonly allow?: readonly string[] | undefined;
    readonly deny?: readonly string[] | undefined;
    readonly localOnly?: boolean | undefined;
    readonly maxCostPerTaskUsd?: number | undefined;
    /** Read by the caller, who then gives exploration facts or none. */
    readonly explore?: boolean | undefined;
  };
}

export type Objective = 'balanced' | 'quality' | 'cost' | 'speed' | 'local';

/** One restriction with the setting that made it, as a developer reads it. */
export interface Restriction<Value> {
  readonly value: Value;
  /** `Folder "api": taskRouter.policy.localOnly`. */
  readonly setting: string;
}

/** All layers merged. Restrictions stay apart by layer: each of them must be met, and each knows its origin. */
export interface ResolvedPolicy {
  readonly objective: Objective;
  readonly weights: Weights;
  /** Where objective and weights come from; null: the default. */
  readonly preferenceSetting: string | null;
  /** A route must match every list. */
  readonly allow: readonly Restriction<readonly string[]>[];
  /** A route must match no list. */
  readonly deny: readonly Restriction<readonly string[]>[];
  /** Not empty: only local routes. */
  readonly localOnly: readonly Restriction<true>[];
  /** US dollars a task; the lowest decides. */
  readonly costCaps: readonly Restriction<number>[];
}

/**
 * Filter work that depends on no task's size, nor on anything that changes by the second. Plain data, made by
 * `prepareCandidates`, kept in the route cache. It carries what it was made from, so that it is never used for
 * anything else.
 */
export interface PreparedCandidates {
  readonly needs: Needs;
  readonly layers: readonly PolicyLayer[];
  readonly policy: ResolvedPolicy;
  readonly routes: readonly PreparedRoute[];
}

export interface PreparedRoute {
  readonly routeId: string;
  readonly isLocal: boolean;
  readonly access: Access;
  readonly capabilities: RouteFacts['capabilities'];
  /** null: nothing known here speaks against the route. */
  readonly rejection: Rejection | null;
}

/** The four score parts' weights; they add up to 1. */
export interface Weights {
  readonly capability: number;
  readonly performance: number;
  readonly resources: number;
  readonly history: number;
}

/** Each 0..1, higher is better, on an absolute scale: adding another route never changes them. */
export type ScoreParts = Weights;

export type RejectionCode =
  | 'policy.denied'
  | 'policy.notAllowed'
  | 'policy.localOnly'
  | 'policy.costCap'
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

export type AlarmKind = 'errors' | 'latency' | 'quality' | 'cost' | 'cacheShare' | 'burn';

/** What an alarm sets off; each is harmless when the alarm was wrong. `tell`: nothing but to be shown. */
export type AlarmAction = 'reprobe' | 'degrade' | 'resetPosterior' | 'refreshPrices' | 'tell';

/** A change that the monitor noticed, with what speaks for it. */
export interface Alarm {
  /** Empty for what concerns no single route. */
  readonly routeId: string;
  readonly kind: AlarmKind;
  /** The test's value and the line it crossed. */
  readonly statistic: number;
  readonly threshold: number;
  /** Calls, or graded outcomes, that the evidence consists of. */
  readonly observations: number;
  /** When the evidence began. */
  readonly sinceMs: number;
  readonly atMs: number;
  /** In a sentence. */
  readonly evidence: string;
  readonly action: AlarmAction;
}
