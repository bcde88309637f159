/**
 * A running task in the corner: which model answers, and a button to cancel. Only tasks that the developer started get
 * one. How it ends is shown in the panel; a message appears only when it failed.
 */
import { ProgressLocation, window } from 'vscode';
import type { TaskView } from '@task-router/protocol';
import { isCancelled } from '../daemon/router-client.ts';
import { withoutIcons } from '../platform/format.ts';
import type { Notifier } from '../platform/notify.ts';
import type { SessionStore } from '../session/session-store.ts';
import type { TaskRun } from '../session/task-runs.ts';
import { routeLabel } from './task-items.ts';

export function showRun(run: TaskRun, store: SessionStore, notifier: Notifier): void {
  // No title: the editor names the extension beside it.
  const options = { location: ProgressLocation.Notification, cancellable: true };
  void window.withProgress(options, async (progress, token) => {
    token.onCancellationRequested(() => run.cancel());
    let isCancelling = false;
    token.onCancellationRequested(() => {
      isCancelling = true;
      progress.report({ message: 'Cancelling…' });
    });
    const report = (): void => {
      if (isCancelling) return;
      const task = run.taskId === undefined ? undefined : store.task(run.taskId);
      progress.report({ message: withoutIcons(progressText(task)) });
    };
    report();
    const subscription = store.onDidChange((change) => {
      if (change.type === 'snapshot' || change.event.event.type !== 'delta') report();
    });
    try {
      await run.result;
    } catch (error) {
      if (!isCancelling && !isCancelled(error)) notifier.error(error);
    } finally {
      subscription.dispose();
    }
  });
}

function progressText(task: TaskView | undefined): string {
  const route = task === undefined ? undefined : routeLabel(task);
  if (task === undefined || route === undefined) return 'Choosing a route…';
  const last = task.transitions.at(-1);
  return last === undefined ? `${route} is answering…` : `${route} has taken over (${last.cause})…`;
}
