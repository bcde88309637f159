/** Keys: checked live when they are added, kept over a reload in SecretStorage, and written nowhere else. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { reloadWorkbench } from '../host/browser.ts';
import { until } from '../host/until.ts';
import { answerInput, openView, pickItem, runCommand, toast, treeRows } from '../host/workbench.ts';
import { labAnswer, startKeyServer } from './support/key-server.ts';
import { Panel } from './support/panel.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';
import { clipboard, openSource } from './support/text-editor.ts';

const rightKey = 'canary-right-5f0c6d1e';
const wrongKey = 'canary-wrong-91b7aa02';
const lab = await startKeyServer(rightKey);
afterAll(() => lab.close());

const stage = useStage({
  config: JSON.stringify({
    nodes: [{ id: 'lab', provider: 'openai-compatible', baseUrl: lab.baseUrl, apiKeyEnv: 'LAB_KEY' }],
  }),
});

async function labRow(): Promise<string> {
  const rows = await treeRows(stage.page, 'Health');
  return rows.find(({ label }) => label === 'lab')?.description ?? '';
}

/** Into a box that does not show what is typed. */
async function typeKey(key: string): Promise<void> {
  const box = stage.page.locator('.quick-input-widget input[type=password]');
  await box.fill(key);
  await box.press('Enter');
}

it('asks the provider about a key, and takes another one after a rejection', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  await until('the node', 30_000, async () => (await labRow()) === 'needs a key');
  await runCommand(page, 'Task Router: Add Provider Key');
  await pickItem(page, 'lab');
  await typeKey(wrongKey);
  const rejected = await toast(page, 'lab rejected this key.');
  expect(await rejected.textContent()).toContain('(provider.keyRejected)');
  await picture(page, 'key-rejected');
  await rejected.getByText('Enter Again').click();
  await typeKey(rightKey);
  await until('the node to be ready', 10_000, async () => (await labRow()).startsWith('1 route'));
  // The editor keeps a fourth toast within 0.8 s back, which only a test can be fast enough for.
  await runCommand(page, 'Notifications: Show Notifications');
  await page.locator('.notifications-center').getByText('lab is ready with 1 model.').waitFor();
  await page.keyboard.press('Escape');
});

it('routes to the account of the key', async () => {
  const { page } = stage;
  await openSource(page, 'src/cart.ts');
  await runCommand(page, 'Task Router: Route Task');
  await answerInput(page, 'Explain the cart');
  const panel = await Panel.on(page);
  await panel.ended('Answered');
  expect(await panel.chosenRoute()).toBe('lab/lab-coder');
  expect(await panel.answer.textContent()).toContain(labAnswer);
});

it('still has the key after a reload, also for a daemon that has never seen it', async () => {
  const { page } = stage;
  await reloadWorkbench(page);
  await runCommand(page, 'Task Router: Restart Daemon');
  await toast(page, 'The daemon has been restarted.');
  await until('the node to be ready', 20_000, async () => (await labRow()).startsWith('1 route'));
  const before = lab.accepted.length;
  await openSource(page, 'src/cart.ts');
  await runCommand(page, 'Task Router: Route Task');
  await answerInput(page, 'Explain the cart after the reload');
  const panel = await Panel.on(page);
  await panel.heading.getByText('after the reload').waitFor();
  await panel.ended('Answered');
  expect(lab.accepted.slice(before)).toContain('/v1/chat/completions');
});

it('writes no key into logs, database, settings or diagnostics', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Copy Diagnostics');
  await toast(page, 'Diagnostics are on the clipboard');
  const diagnostics = await clipboard(page);
  expect(diagnostics).toContain('lab');
  expect(diagnostics).not.toContain('canary');
  await runCommand(page, 'Task Router: Show Log');
  await page.locator('.output-view-buffer, .panel .monaco-editor').first().waitFor();

  const files = [...(await filesBelow(stage.home)), ...(await filesBelow(stage.editor.userDataDir))];
  // A search of nothing would find nothing.
  expect(files.some((path) => path.endsWith('router.db'))).toBe(true);
  expect(files.some((path) => path.endsWith('daemon.log'))).toBe(true);
  expect(files.some((path) => path.includes('Task Router.log'))).toBe(true);
  const telling: string[] = [];
  for (const path of files) {
    const content = await readFile(path);
    if (content.includes(rightKey) || content.includes(wrongKey)) telling.push(path);
  }
  expect(telling).toEqual([]);
});

it('forgets a key that is removed, in the editor and in the daemon', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Remove Key');
  await pickItem(page, 'lab');
  await toast(page, 'The key of lab was removed');
  await until('the node to want a key', 10_000, async () => (await labRow()) === 'needs a key');
  await reloadWorkbench(page);
  await openView(page, 'Task Router');
  await until('the node to want a key still', 30_000, async () => (await labRow()) === 'needs a key');
});

/** Regular files only: reading a socket would wait for ever. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
