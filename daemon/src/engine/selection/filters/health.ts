/** Health states in which a route gets no calls. A degraded or recovering one does; its score knows. */
import type { Rejection } from '../../model/selection.ts';
import { keep, reject, type Filter } from './filter.ts';

export const healthFilter: Filter = ({ health, healthReason }) => {
  switch (health) {
    case 'unknown':
    case 'healthy':
    case 'degraded':
    case 'probing':
    case 'recovering':
      return keep;
    case 'ejected':
      return because('health.ejected', 'is out of rotation', healthReason);
    case 'draining':
      return because('health.draining', 'takes no new tasks', healthReason);
    case 'disabled':
      return because('health.disabled', 'is switched off', healthReason);
  }
};

function because(
  code: 'health.ejected' | 'health.draining' | 'health.disabled',
  what: string,
  why: string | null | undefined,
): Rejection[] {
  return reject(code, why == null || why === '' ? what : `${what}: ${why}`);
}
