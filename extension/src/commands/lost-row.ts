/**
 * While VS Code draws a tree anew it knows none of its rows, and a command that is chosen from a row's menu just then gets
 * `undefined` for its row. These would take the task in the panel instead, or the newest one: another than was meant. (Other
 * commands of rows ask.) Called without a row, as from the palette, they get no argument at all.
 */
import { RouterError } from '@task-router/protocol';
import type { CommandName } from '../contributions.ts';

const ofTaskRows: ReadonlySet<CommandName> = new Set([
  'cancelTask',
  'retryOnAnother',
  'gradeGood',
  'gradeBad',
]);

/**
 * @param given what VS Code hands to the command
 * @throws RouterError `task.notFound` when it was meant for a row that is not known
 */
export function refuseLostRow(name: CommandName, given: readonly unknown[]): void {
  const isRowKnown = (given[0] ?? null) !== null;
  if (given.length === 0 || isRowKnown || !ofTaskRows.has(name)) return;
  throw new RouterError(
    'task.notFound',
    'The list of tasks changed just as you chose, so nothing was done.',
    {
      next: 'Choose it again.',
    },
  );
}
