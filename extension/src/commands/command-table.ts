/** Which function carries out which command. A command without one, or one too many, does not compile. */
import type { PanelCommand } from '@task-router/protocol';
import { Uri, env } from 'vscode';
import type { CommandName } from '../contributions.ts';
import type { Services } from '../services.ts';
import { copyAnswer, gradeAnswer, insertAnswer, replaceByAnswer, selectedTask } from './answer.ts';
import { allowOnce } from './budget.ts';
import { connectTool, revokeToolKey } from './connect-tool.ts';
import {
  cancelTask,
  probe,
  reconnect,
  restartDaemon,
  showHealth,
  startDemo,
  stopDaemon,
  stopDemo,
  taskIdOf,
} from './daemon.ts';
import { copyDiagnostics, showLog } from './diagnostics.ts';
import { explainLast } from './explain.ts';
import { healthAction } from './health-actions.ts';
import { clearHistory, exportHistory } from './history.ts';
import { addKey, confirmAccount, removeKey } from './keys.ts';
import { refuseLostRow } from './lost-row.ts';
import { openConfig } from './open-config.ts';
import { resumeTask, retryOn, retryOnAnother } from './retry.ts';
import { routeFromFile } from './route-from-file.ts';
import { routeTask } from './route-task.ts';
import { showActions } from './show-actions.ts';

/** @param argument what a menu, a tree item or another caller hands over; of unknown shape */
type Handler = (services: Services, argument: unknown) => unknown;

const commandTable: Readonly<Record<CommandName, Handler>> = {
  routeTask,
  routeFromFile,
  retryOnAnother: (services, argument) =>
    retryOnAnother(services, taskIdOf(argument) ?? selectedTask(services)),
  cancelTask,
  explainLast,
  gradeGood: (services, argument) =>
    gradeAnswer(services, taskIdOf(argument) ?? selectedTask(services), 'good'),
  gradeBad: (services, argument) =>
    gradeAnswer(services, taskIdOf(argument) ?? selectedTask(services), 'bad'),
  showPanel,
  showHealth,
  probe,
  probeNow: healthAction('probe'),
  drain: healthAction('drain'),
  disable: healthAction('disable'),
  enable: healthAction('enable'),
  undoHealth: healthAction('undo'),
  openConfig,
  addKey,
  removeKey,
  confirmAccount,
  connectTool,
  revokeToolKey,
  startDemo,
  stopDemo,
  restartDaemon,
  stopDaemon,
  exportHistory,
  clearHistory,
  reconnect,
  showLog,
  copyDiagnostics,
  showActions,
  selectTask: (services, argument) => {
    const taskId = taskIdOf(argument);
    if (taskId !== undefined) services.panel.select(taskId);
    services.panel.show();
  },
  acceptProposal: ({ proposals }, argument) =>
    proposals.accept(argument instanceof Uri ? argument : undefined),
  copyFromGuide: ({ guides }, argument) => guides.copy(argument),
  discardProposal: ({ proposals }, argument) =>
    proposals.discard(argument instanceof Uri ? argument : undefined),
};

/** @param given what VS Code hands over; the first of it is what the command is about */
export function runCommand(services: Services, name: CommandName, given: readonly unknown[]): unknown {
  refuseLostRow(name, given);
  return commandTable[name](services, given[0]);
}

function showPanel({ panel, connection }: Services): void {
  panel.show(true);
  connection.wake();
}

/** Carries out what the panel asks for. `ready` is the panel's own business and does not come here. */
export async function runPanelCommand(services: Services, command: PanelCommand): Promise<void> {
  switch (command.type) {
    case 'ready':
      return;
    case 'cancel':
      cancelTask(services, command.taskId);
      return;
    case 'allowOnce':
      return allowOnce(services, command.taskId, command.questionId);
    case 'retryOnAnother':
      return retryOnAnother(services, command.taskId);
    case 'resume':
      return resumeTask(services, command.taskId);
    case 'retryOn':
      return retryOn(services, command.taskId, command.route);
    case 'copy':
      return copyAnswer(services, command.taskId, command.codeBlock);
    case 'insert':
      return insertAnswer(services, command.taskId, command.codeBlock);
    case 'replace':
      return replaceByAnswer(services, command.taskId, command.codeBlock);
    case 'feedback':
      return gradeAnswer(services, command.taskId, command.grade);
    case 'selectTask':
      services.panel.selected(command.taskId);
      return;
    case 'routeTask':
      return routeTask(services);
    case 'addKey':
      return addKey(services);
    case 'confirmAccount':
      return confirmAccount(services, command.nodeId);
    case 'openConfig':
      return openConfig(services);
    case 'startDemo':
      return startDemo(services);
    case 'restartDaemon':
      return restartDaemon(services);
    case 'showLog':
      return showLog(services);
    case 'probe':
      return probe(services);
    case 'openExternal':
      // https only by the schema; the editor asks before it opens an address that is not trusted.
      await env.openExternal(Uri.parse(command.url, true));
  }
}
