/** What a developer does to nodes and routes in the Health tree: by its menus, by its icons, by the keyboard alone. */
import { expect, it } from 'vitest';
import { until } from '../host/until.ts';
import {
  answerDialog,
  openView,
  pickItem,
  runCommand,
  toast,
  toasts,
  treeRow,
  treeRows,
} from '../host/workbench.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';

const stage = useStage();

/**
 * Waits until a row of the Health tree begins so. Where the tree was drawn anew between the mouse's coming and its click,
 * VS Code gives the command no row, and the command asks which one is meant: `asked` is then the answer.
 */
async function reads(label: string, beginning: string, asked: string | null = null): Promise<void> {
  const question = stage.page.locator('.quick-input-title').getByText('Task Router: Health');
  let isAnswered = false;
  await until(`${label} to be "${beginning}"`, 20_000, async () => {
    if (asked !== null && !isAnswered && (await question.isVisible())) {
      isAnswered = true;
      await pickItem(stage.page, asked);
    }
    return isRead(label, beginning);
  });
}

async function isRead(label: string, beginning: string): Promise<boolean> {
  const rows = await treeRows(stage.page, 'Health');
  return rows.some((row) => row.label === label && row.description.startsWith(beginning));
}

/** An icon at the end of a row, as a mouse finds it. */
async function pressIcon(label: string, name: string): Promise<void> {
  const row = treeRow(stage.page, 'Health', label);
  await row.hover();
  await row.getByRole('button', { name }).click();
}

/** Puts a node back by its icon. */
async function enable(label: string): Promise<void> {
  await pressIcon(label, 'Enable');
  await reads(label, '1 route', label);
}

/** The context menu of a row: what it offers. A click right after it opened would be taken for the end of the first one. */
async function openMenu(label: string): Promise<string[]> {
  const { page } = stage;
  await treeRow(page, 'Health', label).click({ button: 'right' });
  const items = page.locator('.monaco-menu').getByRole('menuitem');
  await items.first().waitFor();
  return (await items.allInnerTexts()).map((text) => text.trim());
}

/** The menu takes note of the mouse a moment after it moved; until then Enter is for another item, or for none. */
async function choose(name: string): Promise<void> {
  const { page } = stage;
  await page.locator('.monaco-menu').getByRole('menuitem', { name }).hover();
  await page.locator('.monaco-menu .action-item.focused').filter({ hasText: name }).waitFor();
  await page.keyboard.press('Enter');
}

async function clearToasts(): Promise<void> {
  await runCommand(stage.page, 'Notifications: Clear All Notifications');
}

it('drains a route from its menu, says so, and takes it back', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  await reads('Demo Mini', 'not tried yet');
  expect(await openMenu('Demo Mini')).toEqual(['Probe This Now', 'Drain', 'Disable']);
  await choose('Drain');
  await reads('Demo Mini', 'drained', 'demo-fast / Demo Mini');
  expect(await treeRow(page, 'Health', 'Demo Mini').getAttribute('aria-label')).toContain('drained');
  const drained = await toast(page, 'demo-fast/demo-mini was drained.');
  await drained.getByText('Undo').click();
  await reads('Demo Mini', 'not tried yet');
  await clearToasts();
});

it('does not take the same route away twice within a minute, and says when it may', async () => {
  const { page } = stage;
  await pressIcon('Demo Mini', 'Drain');
  const refused = await toast(page, 'less than a minute ago; again in');
  expect(await refused.textContent()).toContain('(health.tooSoon)');
  await clearToasts();
});

it('disables a node by the keyboard alone, also over a restart of the daemon', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Disable');
  await pickItem(page, 'demo-strong');
  await reads('demo-strong', 'off');
  await reads('Demo Large', 'off');
  await toast(page, 'demo-strong was disabled.');
  await runCommand(page, 'Task Router: Restart Daemon');
  await toast(page, 'The daemon has been restarted.');
  await reads('demo-strong', 'off');
  await clearToasts();
  // What is set for the node can't be changed for one of its routes.
  expect(await openMenu('Demo Large')).toEqual(['Probe This Now']);
  await page.keyboard.press('Escape');
});

it('asks before the last usable route goes', async () => {
  const { page } = stage;
  await runCommand(page, 'Task Router: Drain');
  await pickItem(page, 'demo-fast');
  await reads('demo-fast', 'drained');
  await clearToasts();
  await openMenu('demo-flaky');
  await picture(page, 'health-actions');
  await choose('Disable');
  expect(await answerDialog(page, 'Cancel')).toContain(
    'Without demo-flaky no usable route is left for any task.',
  );
  await reads('demo-flaky', '1 route');
  await pressIcon('demo-flaky', 'Drain');
  await answerDialog(page, 'Drain Anyway');
  await reads('demo-flaky', 'drained');
  await clearToasts();
});

it('puts nodes back by their icon, probes by it, and offers nothing to undo where nothing is done', async () => {
  const { page } = stage;
  for (const label of ['demo-flaky', 'demo-fast', 'demo-strong']) await enable(label);
  await clearToasts();
  await pressIcon('Demo Large', 'Probe This Now');
  await toast(page, 'demo-strong/demo-large was probed.');
  await clearToasts();
  await runCommand(page, 'Task Router: Undo Health Action');
  await toast(page, 'There is no node or route to take back');
  expect((await toasts(page)).every(({ severity }) => severity === 'info')).toBe(true);
});
