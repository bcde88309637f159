/** Stored states, if they are ones that this version can go on with, else null: forgetting is safe, guessing is not. */
import { balance } from '../config/balancing.ts';
import type { ConversationBalance, KindOutput, RouteBalance } from './model.ts';

const coefficients = balance.coefficients.length;

export function readRouteBalance(stored: unknown): RouteBalance | null {
  return isRouteBalance(stored) ? stored : null;
}

export function readConversationBalance(stored: unknown): ConversationBalance | null {
  return isConversation(stored) ? stored : null;
}

export function readKindOutput(stored: unknown): KindOutput | null {
  return isKindOutput(stored) ? stored : null;
}

function isRouteBalance(value: unknown): value is RouteBalance {
  if (!isRecord(value) || !isRecord(value['law'])) return false;
  const { law, slowness } = value;
  return (
    areNumbers(law['start'], coefficients) &&
    areNumbers(law['factors'], coefficients) &&
    areNumbers(law['covariance'], coefficients ** 2) &&
    (slowness === null ||
      (isRecord(slowness) && isAmount(slowness['value']) && isAmount(slowness['atMs']))) &&
    isAmount(value['emptyCacheReports'])
  );
}

function isConversation(value: unknown): value is ConversationBalance {
  if (!isRecord(value) || !isAmount(value['outputTokens']) || !isAmount(value['calls'])) return false;
  const { prefixes } = value;
  return (
    Array.isArray(prefixes) &&
    prefixes.length <= balance.routesPerConversation &&
    prefixes.every(
      (each) =>
        isRecord(each) &&
        typeof each['routeId'] === 'string' &&
        isAmount(each['tokens']) &&
        isAmount(each['usedAtMs']),
    )
  );
}

function isKindOutput(value: unknown): value is KindOutput {
  return isRecord(value) && isAmount(value['outputTokens']) && isAmount(value['calls']);
}

function areNumbers(value: unknown, count: number): boolean {
  return Array.isArray(value) && value.length === count && value.every((each) => Number.isFinite(each));
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
