/** What the shell is told. */
import type { ErrorCode } from '@task-router/protocol';

export const exitCodes = { answered: 0, failed: 1, usage: 2, noRoute: 3, budget: 4, shortage: 5 } as const;

/** For an error with which a task or a command ended. */
export function exitCodeOf(code: ErrorCode): number {
  if (code === 'route.none') return exitCodes.noRoute;
  if (code.startsWith('budget.')) return exitCodes.budget;
  if (code.startsWith('resources.')) return exitCodes.shortage;
  return exitCodes.failed;
}
