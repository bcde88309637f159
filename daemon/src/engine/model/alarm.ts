/** Changes that the monitor notices. */

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
