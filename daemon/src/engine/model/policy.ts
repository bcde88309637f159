/** What a developer, a workspace and a task ask of the choice: layers as given, and all of them merged. */

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
    /** 0..1 */
    readonly minQuality?: number | undefined;
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
  /** Expected quality, 0..1; the highest decides. */
  readonly qualityFloors: readonly Restriction<number>[];
}

/** The four score parts' weights; they add up to 1. */
export interface Weights {
  readonly capability: number;
  readonly performance: number;
  readonly resources: number;
  readonly history: number;
}
