/** What a move is told: the state, the event, the time and the configuration. */
import type { FailoverThresholds, failureRules } from '../../config/failover.ts';
import type { health } from '../../config/health.ts';
import type { Random } from '../../deps.ts';
import type { HealthEvent, HealthEventType } from '../health-event.ts';
import type { RouteHealthState } from '../health-state.ts';

export type HealthConfig = { readonly [Name in keyof typeof health]: number } & {
  readonly failureRules: typeof failureRules;
  readonly thresholds: FailoverThresholds;
  /** Varies ejections, so that routes taken out together don't come back together; null: no variation. */
  readonly random: Random | null;
};

export interface Situation<Type extends HealthEventType = HealthEventType> {
  readonly health: RouteHealthState;
  readonly event: HealthEvent<Type>;
  readonly nowMs: number;
  readonly config: HealthConfig;
}
