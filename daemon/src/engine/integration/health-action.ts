/**
 * What was done about a route, and what undoes it: cause → action → undo condition, as words for people. The table is
 * the promise that nothing is done to a route without a way back.
 */
import { health } from '../config/health.ts';
import type { RouteHealthState } from './health-state.ts';

export interface HealthAction {
  readonly action: string;
  readonly undoneBy: string;
}

/** What a person sets takes effect on one target at most once in this time, ms. Taking it back is always possible. */
export const { handEveryMs } = health;

/** null: nothing was done to the route. */
export function healthAction({ state, cause }: RouteHealthState): HealthAction | null {
  switch (state) {
    case 'unknown':
    case 'healthy':
      return null;
    case 'degraded':
      return cause === 'failures'
        ? { action: 'gets a tenth of the tasks', undoneBy: 'enough good answers, or five quiet minutes' }
        : { action: 'expected to be slower', undoneBy: 'three answers in a row, or five quiet minutes' };
    case 'ejected':
      return cause === null ? null : ejections[cause];
    case 'probing':
      return { action: 'asked by probes only', undoneBy: 'two good probes' };
    case 'recovering':
      return {
        action: 'gets a growing share of the tasks',
        undoneBy: 'three answers in a row, or one minute',
      };
    case 'draining':
      return { action: 'gets no new tasks', undoneBy: 'enabling it' };
    case 'disabled':
      return { action: 'switched off', undoneBy: 'enabling it' };
  }
}

const ejections: Readonly<Record<NonNullable<RouteHealthState['cause']>, HealthAction>> = {
  failures: { action: 'out of rotation', undoneBy: 'two good probes after a pause' },
  rateLimit: { action: 'left alone', undoneBy: 'the reset that the provider named' },
  credential: { action: 'out of rotation', undoneBy: 'another key, or the account mended' },
  model: { action: 'out of rotation', undoneBy: 'the model appearing on the server' },
};
