/** Commands are blocked here too: one that is hidden in a menu can still be called. */
import { workspace } from 'vscode';
import { RouterError } from '@task-router/protocol';

/** @throws RouterError `task.untrusted` */
export function requireTrust(): void {
  if (workspace.isTrusted) return;
  throw new RouterError(
    'task.untrusted',
    'This workspace is not trusted, so nothing of it is sent to a model.',
  );
}
