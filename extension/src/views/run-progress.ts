/**
 * A running task beside the tasks tree: the bar that moves while it runs, or a sign on the icon when the tree is hidden.
 * The panel that opened with the task says the rest and has the button to cancel; a notification would lie over that
 * very button, and would announce a failover that the timeline shows. A message appears only when the task failed.
 */
import { window } from 'vscode';
import { viewIds } from '../contributions.ts';
import { isCancelled } from '../daemon/router-client.ts';
import type { Notifier } from '../platform/notify.ts';
import type { TaskRun } from '../session/task-runs.ts';

export function showRun(run: TaskRun, notifier: Notifier): void {
  void window.withProgress({ location: { viewId: viewIds.tasks } }, async () => {
    try {
      await run.result;
    } catch (error) {
      if (!isCancelled(error)) notifier.error(error);
    }
  });
}
