/** Route Tasks from File, as a developer does it: choose a file, watch its progress, read the results; and a mistake in it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { batchResultSchema } from '@task-router/protocol';
import { until } from '../host/until.ts';
import { openView, runCommand, toast, treeRows } from '../host/workbench.ts';
import { chooseFile } from './support/file-dialog.ts';
import { useStage } from './support/stage.ts';

const stage = useStage();

async function routeFrom(path: string): Promise<void> {
  const { page } = stage;
  await runCommand(page, 'Task Router: Route Tasks from File');
  await chooseFile(page, path, (shown) => shown.startsWith('/'));
}

async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

it('names the line of a task that cannot be read, and routes none', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  const file = join(stage.folder('shop'), 'broken.jsonl');
  await writeFile(file, '{"prompt":"Explain carts"}\n{"question":"Explain tests"}\n');
  await routeFrom(file);
  await toast(page, 'line 2');
  expect(await treeRows(page, 'Tasks')).toEqual([]);
});

it('routes the tasks of a file, opens the results, and pays for nothing twice', async () => {
  const { page } = stage;
  const file = join(stage.folder('shop'), 'tasks.jsonl');
  const results = `${file}.results.jsonl`;
  const ids = ['one', 'two', 'three', 'four'];
  const rows = ids.map((id) => JSON.stringify({ id, prompt: `Explain number ${id}` }));
  await writeFile(file, `${rows.join('\n')}\n`);
  await routeFrom(file);
  await until('all results', 60_000, async () => (await linesOf(results)).length === ids.length);
  const read = (await linesOf(results)).map((line) => batchResultSchema.parse(JSON.parse(line)));
  expect(read.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(read.every(({ status }) => status === 'succeeded')).toBe(true);
  await page.getByRole('tab', { name: 'tasks.jsonl.results.jsonl' }).waitFor();
  const rowsShown = await treeRows(page, 'Tasks');
  expect(rowsShown.filter(({ label }) => label.startsWith('Explain number'))).toHaveLength(ids.length);

  const before = await readFile(results, 'utf8');
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Control+W');
  await routeFrom(file);
  await page.getByRole('tab', { name: 'tasks.jsonl.results.jsonl' }).waitFor();
  expect(await readFile(results, 'utf8')).toBe(before);
});
