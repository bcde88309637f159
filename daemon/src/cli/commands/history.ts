/** `task-router history`: what was spent and reached, an export of it, and forgetting it. */
import { daemonRequests, exportHead, exportLine } from '@task-router/protocol';
import type { ExportFormat, ResultOf } from '@task-router/protocol';
import { askYes } from '../ask-yes.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes, formatMs, fitTable, formatUsd, plural } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

export interface HistoryCommand {
  readonly sinceMs: number;
  readonly export: ExportFormat | null;
  readonly clear: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

export async function historyCommand(
  session: Session,
  command: HistoryCommand,
  output: Output,
): Promise<number> {
  if (command.clear) return clearHistory(session, command, output);
  if (command.export !== null) return exportHistory(session, { ...command, format: command.export }, output);
  const history = await session.client.request(daemonRequests.history, { sinceMs: command.sinceMs });
  if (command.json) output.json(history);
  else output.line(historyText(history, output.columns));
  return exitCodes.answered;
}

/** One row a line, page by page, so that a large history needs no memory here either. */
async function exportHistory(
  session: Session,
  { sinceMs, format }: { readonly sinceMs: number; readonly format: ExportFormat },
  output: Output,
): Promise<number> {
  const head = exportHead(format);
  if (head !== null) output.line(head);
  let after: ResultOf<typeof daemonRequests.historyPage>['next'] = null;
  do {
    const page: ResultOf<typeof daemonRequests.historyPage> = await session.client.request(
      daemonRequests.historyPage,
      { sinceMs, after },
    );
    for (const row of page.rows) output.line(exportLine(row, format));
    after = page.next;
  } while (after !== null);
  return exitCodes.answered;
}

async function clearHistory(session: Session, command: HistoryCommand, output: Output): Promise<number> {
  if (!command.yes && !(await agreed(output))) {
    output.line('Nothing was cleared.');
    return exitCodes.failed;
  }
  const { removed } = await session.client.request(daemonRequests.clearHistory, { confirmed: true });
  if (command.json) output.json({ removed });
  else output.line(`Cleared: ${plural(removed, 'task')} and what was learned from them.`);
  return exitCodes.answered;
}

function agreed(output: Output): Promise<boolean> {
  const question = 'Forget every ended task and what was learned from it? This can’t be undone.';
  return askYes(output, question, {
    message: 'Clearing the history can’t be undone.',
    next: 'Add --yes to clear it without being asked.',
  });
}

function historyText(
  { totals, decisions, bytes, retentionDays }: ResultOf<typeof daemonRequests.history>,
  columns: number,
): string {
  const rows = totals.map((route) => [
    route.routeId === '' ? '(no route)' : plain(route.routeId),
    plural(route.tasks, 'task'),
    `${Math.round((100 * route.succeeded) / Math.max(1, route.tasks))} % answered`,
    `${formatMs(route.totalMs / Math.max(1, route.tasks))} each`,
    `${route.unpriced > 0 ? 'at least ' : ''}${formatUsd(route.costUsd)}`,
  ]);
  return [
    `${plural(decisions, 'decision')} stored, ${formatBytes(bytes)}, kept for ${plural(retentionDays, 'day')}`,
    ...(rows.length === 0 ? ['No task has ended in this time.'] : [fitTable(rows, columns)]),
  ].join('\n');
}
