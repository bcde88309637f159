/**
 * The same task again, on another route or on a given one. What was sent is at hand while the window lives; after a
 * reload the task is asked for again, with its first line filled in, and the context is read from its place anew.
 */
import { Uri } from 'vscode';
import { RouterError, type TaskView } from '@task-router/protocol';
import { noContext, recapture, type CapturedContext } from '../context/capture.ts';
import type { Services } from '../services.ts';
import type { NewTask } from '../session/task-runs.ts';
import { triedRoutes } from '../session/tried-routes.ts';
import { requireTrust } from './require-trust.ts';
import { askForTask, startTask } from './route-task.ts';

export async function retryOnAnother(services: Services, taskId: string): Promise<void> {
  await retry(services, taskId, { exclude: triedRoutes(services.store.tasks, taskId) });
}

export async function retryOn(services: Services, taskId: string, route: string): Promise<void> {
  await retry(services, taskId, { pin: route });
}

/** Goes on from where an answer broke off, with its text so far; from the start where there is none. */
export async function resumeTask(services: Services, taskId: string): Promise<void> {
  const task = services.store.task(taskId);
  const route = task?.outcome?.route ?? null;
  const resume = task === undefined || route === null || task.text === '' ? null : { text: task.text, route };
  await retry(services, taskId, resume === null ? { exclude: [] } : { resume });
}

async function retry(
  services: Services,
  taskId: string,
  routing: Pick<NewTask, 'exclude' | 'pin' | 'resume'>,
): Promise<void> {
  requireTrust();
  const task = services.store.task(taskId);
  if (task === undefined) throw new RouterError('task.notFound', 'This task is no longer known here.');
  const again = sentBefore(services, taskId) ?? (await askedAgain(services, task));
  if (again === undefined) return;
  startTask(services, again.context, { prompt: again.prompt, kind: task.kind, retryOf: taskId, ...routing });
}

interface Again {
  readonly prompt: string;
  readonly context: CapturedContext;
}

function sentBefore({ memory }: Services, taskId: string): Again | undefined {
  const sent = memory.sent(taskId);
  if (sent === undefined) return undefined;
  const { task, document, origin } = sent;
  const context: CapturedContext = {
    spans: task.task.context ?? [],
    language: task.task.language,
    document: document === undefined ? undefined : Uri.parse(document),
    origin,
    description: origin?.label ?? 'no file',
  };
  return { prompt: task.task.prompt, context };
}

async function askedAgain({ memory }: Services, task: TaskView): Promise<Again | undefined> {
  const origin = memory.origin(task.taskId);
  const context = origin === null ? noContext : await recapture(origin);
  const prompt = await askForTask(context.description, task.title);
  return prompt === undefined ? undefined : { prompt, context };
}
