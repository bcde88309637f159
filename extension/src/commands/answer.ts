/** What can be done with an answer: copy it, insert it, put it in place of what it answers, grade it. */
import { env } from 'vscode';
import { RouterError, daemonRequests, type TaskView } from '@task-router/protocol';
import { answerText } from '../panel/replacement.ts';
import { insertTarget, replaceTarget } from '../panel/target.ts';
import type { Services } from '../services.ts';
import type { Grade } from '../session/task-memory.ts';

/** @param codeBlock number of a code block, or null for the whole answer */
export async function copyAnswer(
  services: Services,
  taskId: string,
  codeBlock: number | null,
): Promise<void> {
  await env.clipboard.writeText(textOf(services, taskId, codeBlock));
}

export async function insertAnswer(
  services: Services,
  taskId: string,
  codeBlock: number | null,
): Promise<void> {
  const text = textOf(services, taskId, codeBlock);
  const editor = insertTarget(services.memory.origin(taskId), services.editors.current);
  const isDone = await editor.edit((edit) => edit.insert(editor.selection.active, text));
  if (isDone) return;
  throw new RouterError('editor.noEditor', 'The editor did not accept the change. Nothing was inserted.', {
    next: 'Check whether the file is read-only, or copy the answer.',
  });
}

/** Opens the diff; nothing is changed before it is accepted. */
export async function replaceByAnswer(
  services: Services,
  taskId: string,
  codeBlock: number | null,
): Promise<void> {
  const text = textOf(services, taskId, codeBlock);
  const target = await replaceTarget(services.memory.origin(taskId), services.editors.current);
  await services.proposals.show(target, text);
}

export async function gradeAnswer(services: Services, taskId: string, grade: Grade): Promise<void> {
  const decisionId = taskOf(services, taskId).decision?.decisionId;
  if (decisionId === undefined) {
    throw new RouterError('decision.notFound', 'This task has no decision yet that could be graded.');
  }
  await services.client.request(daemonRequests.feedback, { decisionId, grade });
  services.memory.setGrade(taskId, grade);
  services.panel.graded(taskId, grade);
}

/** The task that a command of the palette means: the one in the panel. */
export function selectedTask(services: Services): string {
  const taskId = services.panel.selectedTaskId;
  if (taskId === undefined || services.store.task(taskId) === undefined) {
    throw new RouterError('task.notFound', 'There is no task yet.', {
      next: 'Run "Task Router: Route Task" first.',
    });
  }
  return taskId;
}

function taskOf({ store }: Services, taskId: string): TaskView {
  const task = store.task(taskId);
  if (task === undefined) throw new RouterError('task.notFound', 'This task is no longer known here.');
  return task;
}

function textOf(services: Services, taskId: string, codeBlock: number | null): string {
  const text = answerText(taskOf(services, taskId), codeBlock);
  if (text !== undefined && text !== '') return text;
  throw new RouterError('task.notFound', 'There is no such text in the answer.', {
    next: 'Wait until the answer is there, or choose another part of it.',
  });
}
