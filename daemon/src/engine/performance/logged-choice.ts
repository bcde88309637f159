/** What a log of decisions says, as far as an estimate of another policy needs it. */

/** One decision with what became of it, and what the other policy would choose. */
export interface LoggedChoice {
  readonly kind: string;
  readonly routeId: string;
  /** Chance with which the route was chosen then, 0..1, not 0. */
  readonly propensity: number;
  /** What the other policy would choose, with its chances; empty: no route. */
  readonly target: readonly { readonly routeId: string; readonly propensity: number }[];
  readonly outcome: Figures;
  /** What the decision expected of a route; null: it did not consider it. */
  readonly expected: (routeId: string) => Figures | null;
}

/** Success as a chance or as 0 or 1, US dollars, and ms; null: not known. */
export interface Figures {
  readonly success: number;
  readonly costUsd: number | null;
  readonly totalMs: number;
}
export type FigureName = keyof Figures;
