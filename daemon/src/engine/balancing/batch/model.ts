/** The words of batches: tasks submitted together, spread over routes of unequal speed. */

export interface BatchTask {
  readonly taskId: string;
  /** Time it takes on a route of speed 1, in ms; positive. */
  readonly workMs: number;
  /** Only these routes; absent: any. */
  readonly allowed?: readonly string[];
}

export interface BatchRoute {
  readonly routeId: string;
  /** Work done per time; 2 is twice as fast as 1. Slots count too: two slots do two tasks at a time. */
  readonly speed: number;
  /** Work that it has already, in ms at speed 1. */
  readonly busyMs: number;
}

/**
 * How it ended. `reachedTarget`: the imbalance is at most the target. `provenInfeasible`: no assignment could reach it.
 * `bestEffort`: neither is known.
 */
export type BatchStatus = 'reachedTarget' | 'provenInfeasible' | 'bestEffort';

export interface BatchDistribution {
  /** One per task that could be assigned, in the order of the input. */
  readonly assignment: readonly { readonly taskId: string; readonly routeId: string }[];
  /** Tasks that no route may take. */
  readonly unassigned: readonly string[];
  /** Per route, in the order of the input: when it would be done, in ms. */
  readonly finishMs: readonly number[];
  readonly makespanMs: number;
  /** No assignment is done sooner. */
  readonly makespanLowerBoundMs: number;
  /** Standard deviation over mean of the finishing times, routes weighted by their speed. */
  readonly cv: number;
  /** No assignment has less. */
  readonly lowerBound: number;
  readonly status: BatchStatus;
  readonly reason: string;
}

/** Input in the form that the algorithms work on: everything by position. */
export interface BatchProblem {
  /** Longest first. */
  readonly work: readonly number[];
  /** Positions of the routes that each task may go to, fastest first. */
  readonly allowed: readonly (readonly number[])[];
  readonly speeds: readonly number[];
  readonly busy: readonly number[];
}

/** Route position of each task. */
export type Placement = Int32Array;
