/** The words of load distribution. All plain data: states can be stored as JSON, inputs given back for a replay. */

/** Seconds: at the start, per output token, per uncached input token, per input token. */
export type LengthCoefficients = readonly [number, number, number, number];

export interface CallLength {
  readonly inputTokens: number;
  /** Of the input; 0 where nothing is known. */
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

/** The fitted law of one route. */
export interface LengthModel {
  readonly start: LengthCoefficients;
  /** What each coefficient of `start` is multiplied by. */
  readonly factors: readonly number[];
  /** Of the factors, row by row. */
  readonly covariance: readonly number[];
}

/** Observed over predicted time of late; 1: as fitted. */
export interface Slowness {
  readonly value: number;
  readonly atMs: number;
}

/** What load distribution remembers of one route. */
export interface RouteBalance {
  readonly law: LengthModel;
  /** null: nothing was seen yet. */
  readonly slowness: Slowness | null;
  /** Reports in a row that nothing came from the cache although it should have. */
  readonly emptyCacheReports: number;
}

/** What it remembers of one conversation. */
export interface ConversationBalance {
  readonly outputTokens: number;
  readonly calls: number;
  /** Prefixes that routes may still hold, the one used last first. */
  readonly prefixes: readonly HeldPrefix[];
}

export interface HeldPrefix {
  readonly routeId: string;
  readonly tokens: number;
  readonly usedAtMs: number;
}

/** Typical output of a kind of task. */
export interface KindOutput {
  readonly outputTokens: number;
  readonly calls: number;
}

/** US dollars per million tokens. Cache prices that are not given follow from the input's. */
export interface BalancePrices {
  readonly inputPerMTok: number;
  readonly outputPerMTok: number;
  readonly cacheReadPerMTok?: number;
  readonly cacheWritePerMTok?: number;
}

/** One route that may take the call. */
export interface BalanceRoute {
  readonly routeId: string;
  /** null: nothing was seen of it. */
  readonly state: RouteBalance | null;
  /** Where a law starts that was not fitted yet. */
  readonly start?: LengthCoefficients | undefined;
  /** null: unknown; then it is reckoned with the assumed prices, and shown as unknown. */
  readonly prices: BalancePrices | null;
  readonly cacheTtlMs: number;
  /** Tokens of this model for one estimated token of the prompt; 1 when absent. */
  readonly inputTokenFactor?: number;
  /** Until a slot is free, from the ledger: `expectedWaitMs`. */
  readonly waitMs: number;
}

export interface BalanceInput {
  readonly inputTokens: number;
  /** As `expectedOutput` has it. */
  readonly outputTokens: number;
  /** null: the call belongs to none. */
  readonly conversation: ConversationBalance | null;
  readonly routes: readonly BalanceRoute[];
  readonly secondsPerUsd: number;
  readonly nowMs: number;
}

/** What speaks for and against one route; times in ms. */
export interface BalancePart {
  readonly routeId: string;
  /** Service and wait together. */
  readonly completionMs: number;
  readonly serviceMs: number;
  readonly waitMs: number;
  readonly slowness: number;
  readonly cachedTokens: number;
  /** null: unknown price. */
  readonly costUsd: number | null;
  /** Completion plus what the money is worth; lowest wins. */
  readonly scoreMs: number;
  /** What reading the warm prefix anew takes and costs here; null: no route has one, or this is the warmest. */
  readonly switchCost: SwitchCost | null;
}

/** Whether a conversation with a warm prefix somewhere went there, and what the way to the other route is worth. */
export type Affinity =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'stayed' | 'moved';
      readonly warmRoute: string;
      /** The route it moved to, or the best of those it did not; null: there was no other. */
      readonly other: {
        readonly routeId: string;
        /** Score of the warm route above that of the other; negative: staying is better without any margin. */
        readonly gainMs: number;
        readonly switchCost: SwitchCost | null;
      } | null;
    };

export interface SwitchCost {
  readonly seconds: number;
  readonly usd: number | null;
}

export interface Distribution {
  /** null: no route was given. */
  readonly chosen: string | null;
  /** In the order of the input. */
  readonly parts: readonly BalancePart[];
  readonly affinity: Affinity;
}
