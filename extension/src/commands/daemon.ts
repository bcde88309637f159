/** The commands about the daemon itself and its demo fleet. */
import { commands, window } from 'vscode';
import { RouterError, daemonRequests } from '@task-router/protocol';
import { commandIds, viewIds } from '../contributions.ts';
import { connectPatienceMs } from '../daemon/router-client.ts';
import { plural } from '../platform/format.ts';
import type { Services } from '../services.ts';
import { isRunning } from '../session/carry-over.ts';

/** A probe asks every node, and some of them only answer when their time is up. */
const probeTimeoutMs = 60_000;

export async function showHealth(services: Services): Promise<void> {
  await commands.executeCommand(`${viewIds.health}.focus`);
  await services.client.request(daemonRequests.health, {});
}

export async function probe({ client }: Services): Promise<void> {
  const options = { location: { viewId: viewIds.health }, title: 'Asking every node…' };
  await window.withProgress(options, () =>
    client.request(daemonRequests.health, { probe: true }, { timeoutMs: probeTimeoutMs }),
  );
}

export async function restartDaemon(services: Services): Promise<void> {
  if (!(await mayEndTasks(services, 'Restart'))) return;
  await services.daemon.restart(connectPatienceMs);
  services.notifier.info('The daemon has been restarted.');
}

export async function stopDaemon(services: Services): Promise<void> {
  if (!(await mayEndTasks(services, 'Stop'))) return;
  await services.daemon.stop();
  services.notifier.info('The daemon has been stopped. It starts again when something needs it.');
}

export async function reconnect({ connection }: Services): Promise<void> {
  await connection.reconnect(connectPatienceMs);
}

export async function startDemo(services: Services): Promise<void> {
  const { demo, client, notifier, store } = services;
  const isElsewhere = store.snapshot?.nodes.some((node) => node.isDemo && node.access === 'ready') === true;
  if (demo.isRunning || isElsewhere) {
    notifier.info('The demo fleet is running already.', {
      title: 'Route Task',
      command: commandIds.routeTask,
    });
    return;
  }
  const options = { location: { viewId: viewIds.health }, title: 'Starting the demo fleet…' };
  const servers = await window.withProgress(options, async () => {
    const started = await demo.start();
    await client.request(daemonRequests.health, { probe: true }, { timeoutMs: probeTimeoutMs });
    return started;
  });
  notifier.info(
    `The demo fleet runs: ${plural(servers.length, 'scripted server')}, no real model. It ends with this window.`,
    { title: 'Route Task', command: commandIds.routeTask },
  );
}

export async function stopDemo({ demo, client, notifier }: Services): Promise<void> {
  if (!demo.isRunning) {
    notifier.info('The demo fleet was not started by this window.');
    return;
  }
  await demo.stop();
  await client.request(daemonRequests.health, { probe: true }, { timeoutMs: probeTimeoutMs });
}

/** The daemon serves every window; of this one's tasks we know. */
async function mayEndTasks({ store }: Services, verb: 'Stop' | 'Restart'): Promise<boolean> {
  const running = store.tasks.filter(isRunning).length;
  if (running === 0) return true;
  const answer = await window.showWarningMessage(
    `${plural(running, 'task is', 'tasks are')} running in this window.`,
    {
      modal: true,
      detail: 'The daemon serves all windows. Running tasks end with it; what they have written stays.',
    },
    verb,
  );
  return answer === verb;
}

/** @throws RouterError `task.notFound` when nothing runs */
export function cancelTask({ runs, store }: Services, argument?: unknown): void {
  const taskId = taskIdOf(argument) ?? store.tasks.findLast(isRunning)?.taskId;
  if (taskId !== undefined && runs.cancel(taskId)) return;
  throw new RouterError('task.notFound', 'No task is running that could be cancelled.', {
    next: 'Nothing to do.',
  });
}

/** Tree items hand over their element; other callers the id. */
export function taskIdOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('taskId' in argument)) return undefined;
  return typeof argument.taskId === 'string' ? argument.taskId : undefined;
}
