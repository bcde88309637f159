/** What the status item offers: the few commands that fit the moment. */
import { commands, window } from 'vscode';
import { commandIds, type CommandName } from '../contributions.ts';
import type { Services } from '../services.ts';
import { isRunning } from '../session/carry-over.ts';
import { connectionWords } from '../views/task-items.ts';

interface Action {
  readonly label: string;
  readonly name: CommandName;
}

const always: readonly Action[] = [
  { label: '$(compass) Route Task', name: 'routeTask' },
  { label: '$(layout-sidebar-right) Open Panel', name: 'showPanel' },
  { label: '$(pulse) Show Health', name: 'showHealth' },
  { label: '$(key) Add Provider Key', name: 'addKey' },
  { label: '$(plug) Connect Another Tool', name: 'connectTool' },
  { label: '$(gear) Open Configuration', name: 'openConfig' },
  { label: '$(output) Show Log', name: 'showLog' },
];

export async function showActions(services: Services): Promise<void> {
  const { connection, store } = services;
  const chosen = await window.showQuickPick([...fitting(services), ...always], {
    title: 'Task Router',
    placeHolder: `Daemon: ${connectionWords(connection.state)}. Tasks running: ${store.tasks.filter(isRunning).length}.`,
  });
  if (chosen !== undefined) await commands.executeCommand(commandIds[chosen.name]);
}

function fitting({ connection, store, demo }: Services): Action[] {
  const actions: Action[] = [];
  if (store.tasks.some(isRunning)) actions.push({ label: '$(debug-stop) Cancel Task', name: 'cancelTask' });
  if (store.tasks.length > 0) {
    actions.push({ label: '$(refresh) Retry on Another Route', name: 'retryOnAnother' });
    actions.push({ label: '$(question) Explain Last Route', name: 'explainLast' });
  }
  if (connection.state.type === 'failed') actions.push({ label: '$(plug) Reconnect', name: 'reconnect' });
  if (demo.isRunning) actions.push({ label: '$(beaker) Stop Demo Fleet', name: 'stopDemo' });
  return actions;
}
