/** Route Task, as a developer does it: the command, the words, and the panel that shows the task. */
import type { Page } from 'playwright-core';
import { answerInput, runCommand } from '../../host/workbench.ts';
import { Panel } from './panel.ts';

/** `prompt`: another one than that of the task which the panel shows, since it is what tells them apart. */
export async function routeTask(page: Page, prompt: string): Promise<Panel> {
  await runCommand(page, 'Task Router: Route Task');
  await answerInput(page, prompt);
  const panel = await Panel.on(page);
  await panel.heading.getByText(prompt, { exact: true }).waitFor();
  return panel;
}
