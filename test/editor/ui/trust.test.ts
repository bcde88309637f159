/** A workspace that is not trusted: health can be looked at, nothing of it is sent to any model. */
import { expect, it } from 'vitest';
import { until } from '../host/until.ts';
import { answerInput, openView, runCommand, statusBarItem, toast, treeRows } from '../host/workbench.ts';
import { Panel } from './support/panel.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';
import { openSource } from './support/text-editor.ts';

const stage = useStage({
  workspaceTrust: true,
  settings: {
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
  },
});

it('shows health, and refuses to route', async () => {
  const { page } = stage;
  await statusBarItem(page, 'Restricted Mode').waitFor();
  await openView(page, 'Task Router');
  await until('the nodes', 30_000, async () => (await treeRows(page, 'Health')).length === 6);
  await openSource(page, 'src/cart.ts');
  await runCommand(page, 'Task Router: Route Task');
  const refusal = await toast(page, '(task.untrusted)');
  expect(await refusal.textContent()).toContain('Manage Trust');
  await picture(page, 'untrusted');
  expect(await page.locator('.quick-input-widget').isVisible()).toBe(false);
});

it('routes as soon as the workspace is trusted', async () => {
  const { page } = stage;
  await (await toast(page, '(task.untrusted)')).getByText('Manage Trust').click();
  await page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).first().click();
  await statusBarItem(page, 'Restricted Mode').waitFor({ state: 'detached' });
  // The page about trust lies over the window.
  await runCommand(page, 'View: Close Editor');
  await page.locator('.workspace-trust-editor').waitFor({ state: 'detached' });
  await openSource(page, 'src/cart.ts');
  await runCommand(page, 'Task Router: Route Task');
  await answerInput(page, 'Explain the cart');
  const panel = await Panel.on(page);
  await panel.ended('Answered');
});
