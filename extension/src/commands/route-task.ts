/** Route Task: what to do is asked for, the selection or the file in front is its context, the panel opens beside. */
import { window } from 'vscode';
import { RouterError, limits, taskKinds, type TaskKind } from '@task-router/protocol';
import * as z from 'zod';
import { captureContext, noContext, type CapturedContext } from '../context/capture.ts';
import type { Services } from '../services.ts';
import type { NewTask, TaskRun } from '../session/task-runs.ts';
import { readPolicyLayers } from '../settings/read-policy.ts';
import { requireTrust } from './require-trust.ts';

/** Callers of the command may bring the task along: other extensions, keybindings, tests. */
const argumentsSchema = z.object({
  prompt: z.string().optional(),
  kind: z.enum(taskKinds).optional(),
});

export async function routeTask(services: Services, argument?: unknown): Promise<void> {
  requireTrust();
  const asked = argumentsSchema.safeParse(argument).data ?? {};
  let context: CapturedContext;
  try {
    context = await captureContext(services.editors.current);
  } catch (error) {
    services.notifier.error(error, [
      {
        title: 'Route Without the File',
        run: () => {
          askAndStart(services, noContext, asked).catch((later: unknown) => services.notifier.error(later));
        },
      },
    ]);
    return;
  }
  await askAndStart(services, context, asked);
}

async function askAndStart(
  services: Services,
  context: CapturedContext,
  asked: z.infer<typeof argumentsSchema>,
): Promise<void> {
  const prompt = asked.prompt ?? (await askForTask(context.description));
  if (prompt === undefined) return;
  const problem = promptProblem(prompt);
  if (problem !== undefined) throw problem;
  startTask(services, context, { prompt, kind: asked.kind });
}

/** Sends the task and shows it. The panel opens at once, before the daemon has answered. */
export function startTask(
  services: Services,
  context: CapturedContext,
  how: { prompt: string; kind?: TaskKind | undefined } & Pick<
    NewTask,
    'pin' | 'exclude' | 'retryOf' | 'resume'
  >,
): TaskRun {
  const { prompt, kind, ...routing } = how;
  const task: NewTask = {
    task: {
      prompt,
      ...(kind !== undefined && { kind }),
      ...(context.language !== undefined && { language: context.language }),
      context: [...context.spans],
    },
    policy: readPolicyLayers(context.document),
    ...routing,
  };
  services.panel.show();
  return sendTask(services, task, context);
}

/** Starts the run and remembers, once the task has an id, where its context came from. */
function sendTask(services: Services, task: NewTask, context: CapturedContext): TaskRun {
  const run = services.runs.start(task);
  const { memory, panel } = services;
  run.started.then(
    (taskId) => {
      memory.remember(taskId, { task, document: context.document?.toString(), origin: context.origin });
      panel.select(taskId);
    },
    // Shown by whoever follows the run.
    () => undefined,
  );
  return run;
}

export async function askForTask(contextDescription: string, value = ''): Promise<string | undefined> {
  return window.showInputBox({
    title: 'Route Task',
    prompt: `What should be done? Context: ${contextDescription}.`,
    placeHolder: 'For example: explain this, fix the bug, write tests',
    value,
    ignoreFocusOut: true,
    validateInput: (text) => promptProblem(text)?.message,
  });
}

function promptProblem(prompt: string): RouterError | undefined {
  if (prompt.trim() === '') return new RouterError('task.empty', 'The task is empty.');
  if (prompt.length > limits.promptChars) {
    return new RouterError('task.promptTooLong', `A task may have ${limits.promptChars} characters at most.`);
  }
  return undefined;
}
