/** What was routed so far, as a developer has it: exported to a file of their choice, and cleared only once they said so. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../host/until.ts';
import { answerDialog, openView, runCommand, toast, treeRows } from '../host/workbench.ts';
import { chooseFile } from './support/file-dialog.ts';
import { Panel } from './support/panel.ts';
import { routeTask } from './support/route-task.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';

const stage = useStage();
const prompts = ['Explain carts', 'Explain, "quoted"'];

async function route(prompt: string): Promise<Panel> {
  const panel = await routeTask(stage.page, prompt);
  await panel.ended('Answered');
  return panel;
}

async function exportTo(path: string): Promise<void> {
  const { page } = stage;
  await runCommand(page, 'Task Router: Export History…');
  await chooseFile(page, path, (shown) => shown.includes('task-router-history'));
}

const shownTasks = async () => (await treeRows(stage.page, 'Tasks')).map(({ label }) => label);

async function storedTasks(): Promise<number> {
  const { stdout } = await stage.cli.run(['history', '--export', 'jsonl']);
  return stdout.split('\n').filter(Boolean).length;
}

it('is exported as JSON lines, and as CSV where the name says so', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  for (const prompt of prompts) await route(prompt);
  const [json, csv] = ['all.jsonl', 'all.csv'].map((name) => join(stage.folder('shop'), name));
  await exportTo(json!);
  await toast(page, '2 tasks written to all.jsonl');
  const rows = (await readFile(json!, 'utf8')).trimEnd().split('\n');
  expect(rows.map((row) => JSON.parse(row) as object)).toMatchObject([
    { status: 'succeeded', kind: 'explain' },
    { status: 'succeeded', kind: 'explain' },
  ]);
  await exportTo(csv!);
  await toast(page, '2 tasks written to all.csv');
  const lines = (await readFile(csv!, 'utf8')).trimEnd().split('\n');
  expect(lines[0]).toMatch(/^decisionId,taskId,createdAtMs,kind,route,status/);
  expect(lines).toHaveLength(3);
});

it('stays when the question is cancelled', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Clear History');
  await page.locator('.monaco-dialog-box').waitFor();
  await picture(page, 'clear-history');
  expect(await answerDialog(page, 'Cancel')).toMatch(/Forget every ended task.*overwritten on disk/s);
  await page.locator('.monaco-dialog-box').waitFor({ state: 'detached' });
  expect(await shownTasks()).toHaveLength(2);
  expect(await storedTasks()).toBe(2);
});

it('is gone once it is confirmed: from the list, from the panel, and from the disk', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Clear History');
  await answerDialog(page, 'Clear History');
  await toast(page, 'History is cleared: 2 tasks forgotten');
  await until('the list to be empty', 20_000, async () => (await shownTasks()).length === 0);
  const panel = await Panel.on(page);
  await panel.answer.waitFor({ state: 'detached' });
  expect(await panel.frame.locator('body').innerText()).not.toContain(prompts[1]);
  await picture(page, 'history-cleared');
  expect(await storedTasks()).toBe(0);
  // And a new task is a first one.
  await route('Explain again');
  expect(await shownTasks()).toEqual(['Explain again']);
});
