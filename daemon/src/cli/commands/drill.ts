/** `task-router drill`: where each kind of task would go when something fails. */
import type { DrillFailure } from '@task-router/protocol';
import { daemonRequests, drillFailures, taskKinds } from '@task-router/protocol';
import type { Paths } from '@task-router/protocol/node';
import { runLiveDrill } from '../drill/live-drill.ts';
import { exitCodes } from '../exit-codes.ts';
import { fitTable, wrapLines } from '../format.ts';
import type { Output } from '../output.ts';
import { plain } from '../output.ts';
import { openSession } from '../session.ts';

export interface DrillOptions {
  readonly command: { readonly live: boolean; readonly allowCloud: boolean; readonly json: boolean };
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  readonly signal: AbortSignal;
}

interface Cell {
  readonly kind: string;
  readonly failure: DrillFailure;
  readonly route: string | null;
  readonly reason: string;
  readonly attempts?: number;
}

/** Exit code 3 when some task would find no route. */
export async function drillCommand(options: DrillOptions): Promise<number> {
  const { command, output, signal } = options;
  const cells: readonly Cell[] = command.live ? await runLiveDrill(signal) : await planned(options);
  if (command.json) output.json({ type: 'drill', live: command.live, cells });
  else output.line(wrapLines(drillText(cells, command.live, output.columns), output.columns));
  return cells.some(({ route }) => route === null) ? exitCodes.noRoute : exitCodes.answered;
}

async function planned({ paths, env, command }: DrillOptions): Promise<readonly Cell[]> {
  const session = await openSession(paths, env);
  try {
    // So that what is on this machine has been looked for.
    await session.client.request(daemonRequests.health, {});
    const params = { allowFoundAccounts: command.allowCloud };
    return (await session.client.request(daemonRequests.drill, params)).cells;
  } finally {
    await session.close();
  }
}

/** A table of one word would say no more. */
function nowhereText(cells: readonly Cell[]): string {
  const reasons = [...new Set(cells.map(({ reason }) => plain(reason)))];
  return [
    'No kind of task would find a route, even with all well:',
    ...reasons.map((reason) => `  ${reason}`),
    'Start a local server, add a provider key, or run `task-router demo`; `task-router health` lists what is there.',
  ].join('\n');
}

const words: Readonly<Record<DrillFailure, string>> = {
  none: 'all is well',
  providerDown: 'provider down',
  offline: 'offline',
  budgetZero: 'budget 0',
  quotaOut: 'quota out',
  localUnloaded: 'local model unloaded',
};

function drillText(cells: readonly Cell[], live: boolean, columns: number): string {
  if (cells.every(({ route }) => route === null)) return nowhereText(cells);
  const at = (kind: string, failure: DrillFailure): string => {
    const cell = cells.find((each) => each.kind === kind && each.failure === failure);
    if (cell === undefined) return '';
    if (cell.route === null) return 'nowhere';
    const retries = (cell.attempts ?? 1) > 1 ? ` (attempt ${cell.attempts})` : '';
    return `${plain(cell.route)}${retries}`;
  };
  const head = ['task', ...drillFailures.map((failure) => words[failure])];
  const rows = taskKinds.map((kind) => [kind, ...drillFailures.map((failure) => at(kind, failure))]);
  const causes = new Set(
    cells
      .filter(({ route }) => route === null)
      .map(({ failure, reason }) => `${words[failure]}: ${plain(reason)}`),
  );
  return [
    live
      ? 'Each failure was caused in the demo fleet, and a task of each kind routed through it.'
      : 'Where a task would go, decided on what is known now; nothing was sent to a model.',
    '',
    fitTable(rows, columns, { head }),
    ...(causes.size === 0 ? [] : ['', ...causes]),
  ].join('\n');
}
