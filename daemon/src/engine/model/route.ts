/** What the engine knows of a route at the instant of a decision. */

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
  /** This decision is not among the share that the route gets so soon after it failed or came back. */
  readonly heldBack?: boolean;
  /** Ejected for failures alone, so it may be tried when nothing else is eligible: `isLastResort` of its health. */
  readonly lastResort?: boolean;
  /** The task came in this route's own format: its bytes go through as they are, and nothing is lost in translation. */
  readonly takesAsIs?: boolean | undefined;
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
