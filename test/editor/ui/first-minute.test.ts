/**
 * The first minute, and the wrong turns in it: nothing configured, no folder, an empty task, files that can't be sent.
 * Each ends in words that say what to do next, with a code to search for, and never in a stack trace.
 */
import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../host/until.ts';
import { answerInput, openView, runCommand, toast, toasts, treePane, treeRows } from '../host/workbench.ts';
import { Panel } from './support/panel.ts';
import { picture } from './support/pictures.ts';
import { project } from './support/project.ts';
import { useStage } from './support/stage.ts';
import { openSource } from './support/text-editor.ts';

const megabytes = (count: number): number => count * 1024 * 1024;
const line = 'export const filler = "a line that is there to fill the file";\n';

const stage = useStage({
  folders: {},
  otherFolders: {
    shop: {
      ...project,
      'logo.bin': Buffer.concat([Buffer.from('LOGO\0\0'), randomBytes(2_000)]),
      'src/huge.ts': line.repeat(Math.ceil(megabytes(5) / line.length)),
      '.env': 'SHOP_TOKEN=not-for-models\n',
    },
  },
  hasFleet: false,
});

/** The text of the error in the corner, which must be for people. */
async function errorToast(page: Page, code: string): Promise<string> {
  const item = await toast(page, `(${code})`);
  const text = (await item.locator('.notification-list-item-message').textContent()) ?? '';
  expect((await toasts(page)).find(({ message }) => message === text)?.severity).toBe('error');
  expect(text).not.toMatch(/\bat \S+ \(|\n\s+at |Error:|undefined|\[object/);
  return text;
}

async function closeToasts(page: Page): Promise<void> {
  await runCommand(page, 'Notifications: Clear All Notifications');
  await page.locator('.notifications-toasts .notification-list-item').waitFor({ state: 'detached' });
}

it('offers three ways on when it finds nothing', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  const health = treePane(page, 'Health');
  for (const way of ['Add a Provider Key', 'Point at a Server', 'Start the Demo Fleet']) {
    await health.getByRole('button', { name: way }).waitFor();
  }
  await treePane(page, 'Tasks').getByRole('button', { name: 'Route a Task' }).waitFor();
  await runCommand(page, 'Task Router: Open Panel');
  const panel = await Panel.on(page);
  await panel.frame.getByRole('heading', { name: 'No model found yet' }).waitFor();
  await picture(page, 'welcome');
});

it('does not accept an empty task', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Route Task');
  await answerInput(page, '   ');
  await page.locator('.quick-input-widget').getByText('The task is empty.').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
});

it('says what is missing when there is no model, without a folder or a file', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Route Task');
  const prompt = page.locator('.quick-input-widget .quick-input-message');
  await expect.poll(() => prompt.textContent()).toContain('Context: no file.');
  await answerInput(page, 'Say hello');
  const text = await errorToast(page, 'route.none');
  expect(text).toMatch(/add a provider key|demo fleet/i);
  const panel = await Panel.on(page);
  await panel.errorCard.waitFor();
  expect(await panel.errorCard.textContent()).toContain('route.none');
  await panel.errorCard.getByRole('button', { name: 'Start Demo Fleet' }).waitFor();
  await picture(page, 'panel-no-model');
  await closeToasts(page);
});

it('starts the demo fleet in one click, and answers', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  await treePane(page, 'Health').getByText('Start the Demo Fleet').click();
  await toast(page, 'The demo fleet runs');
  await picture(page, 'demo-fleet');
  await until('the fleet', 10_000, async () => (await treeRows(page, 'Health')).length === 6);
  await closeToasts(page);
  await runCommand(page, 'Task Router: Route Task');
  await answerInput(page, 'Say hello');
  const panel = await Panel.on(page);
  await panel.ended('Answered');
  expect(await panel.answer.textContent()).toContain('no real model');
});

it('refuses what is no text, too large, or secret, and offers to go on without the file', async () => {
  const page = await stage.openWindow('shop');
  // A file that the editor won't show as text is still the file in front.
  await page.keyboard.press('Control+P');
  await page.locator('.quick-input-widget .quick-input-box input').fill('logo.bin');
  await page.locator('.quick-input-list .monaco-list-row[aria-label^="logo.bin"]').click();
  await page.locator('.tab.active[data-resource-name="logo.bin"]').waitFor();
  await runCommand(page, 'Task Router: Route Task');
  expect(await errorToast(page, 'task.fileBinary')).toContain('logo.bin is not a text file.');
  await picture(page, 'binary-file');
  await (await toast(page, 'task.fileBinary')).getByText('Route Without the File').click();
  const prompt = page.locator('.quick-input-widget .quick-input-message');
  await expect.poll(() => prompt.textContent()).toContain('Context: no file.');
  await page.keyboard.press('Escape');

  await openSource(page, 'src/huge.ts');
  await runCommand(page, 'Task Router: Route Task');
  expect(await errorToast(page, 'task.contextTooLarge')).toMatch(
    /src\/huge\.ts is too large to be sent: 5(\.\d)? MB/,
  );
  await closeToasts(page);

  await openSource(page, '.env');
  await runCommand(page, 'Task Router: Route Task');
  expect(await errorToast(page, 'task.fileSecret')).toContain('.env');
  await page.close();
});
