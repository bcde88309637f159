/** The retry budget of the whole daemon, over all its tasks. */
import type { Clock, RetryBudget, RouteHealthState } from '../../engine/index.ts';
import { countRequest, freshRetryBudget, takeRetry } from '../../engine/index.ts';

export class RetryGate {
  readonly #clock: Clock;
  #budget: RetryBudget = freshRetryBudget;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A task begins. */
  begin(): void {
    this.#budget = countRequest(this.#budget, this.#clock.nowMs());
  }

  /** Whether a task may be tried again on a route of this health. */
  take(health: RouteHealthState | null): boolean {
    const { allowed, budget } = takeRetry(this.#budget, this.#clock.nowMs(), isInDoubt(health));
    this.#budget = budget;
    return allowed;
  }
}

/** Whether anything speaks against a route. One that nobody called yet has nothing against it. */
function isInDoubt(health: RouteHealthState | null): boolean {
  if (health === null) return false;
  const isWell = ['unknown', 'healthy', 'recovering'].includes(health.state);
  return !isWell || health.consecutiveFailures > 0;
}
