/** Explain Last Route: the decision card of this window's last task, else a choice among the stored decisions. */
import { window } from 'vscode';
import { RouterError, daemonRequests } from '@task-router/protocol';
import { formatMs, formatUsd, withoutIcons } from '../platform/format.ts';
import type { Services } from '../services.ts';

const listed = 30;

export async function explainLast(services: Services, argument?: unknown): Promise<void> {
  if (typeof argument === 'string') {
    await services.explanations.show(argument);
    return;
  }
  const last = services.store.tasks.findLast((task) => task.decision !== null);
  if (last !== undefined) {
    services.panel.explain(last.taskId);
    return;
  }
  const decisionId = await chooseDecision(services);
  if (decisionId !== undefined) await services.explanations.show(decisionId);
}

async function chooseDecision({ client }: Services): Promise<string | undefined> {
  const { decisions } = await client.request(daemonRequests.decisions, { limit: listed });
  if (decisions.length === 0) {
    throw new RouterError('decision.notFound', 'No decision has been stored yet.', {
      next: 'Run "Task Router: Route Task" first.',
    });
  }
  const items = decisions.map((decision) => ({
    label: withoutIcons(decision.title ?? `${decision.kind} task`),
    description: withoutIcons(`${decision.route ?? 'no route'} · ${decision.status}`),
    detail: `${new Date(decision.createdAtMs).toLocaleString()} · ${formatMs(decision.totalMs)} · cost ${formatUsd(decision.costUsd)}`,
    decisionId: decision.decisionId,
  }));
  const chosen = await window.showQuickPick(items, {
    title: 'Explain Route',
    placeHolder: 'Which decision?',
    matchOnDescription: true,
  });
  return chosen?.decisionId;
}
