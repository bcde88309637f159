/**
 * Route Task as a developer meets it: from the palette over selected code, to the decision card, the streamed answer, and
 * everything that can be done with an answer.
 */
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { setFaults } from '../../support/cli.ts';
import { until } from '../host/until.ts';
import { answerInput, openView, runCommand, statusBarItem, treePane, treeRows } from '../host/workbench.ts';
import { Panel } from './support/panel.ts';
import { routeTask } from './support/route-task.ts';
import { picture } from './support/pictures.ts';
import { cart } from './support/project.ts';
import { useStage } from './support/stage.ts';
import { clipboard, openSource, saved, selectLines } from './support/text-editor.ts';
import { watchToasts } from './support/toast-watch.ts';

const stage = useStage();
const cartFile = () => join(stage.folder('shop'), 'src/cart.ts');

/** Routes a task over the editor in front and returns the panel that shows it. */
const route = (prompt: string): Promise<Panel> => routeTask(stage.page, prompt);

/** Without the side bar, so that panel and code have room. */
async function pictureOfPanel(name: string, place?: Locator): Promise<void> {
  const { page } = stage;
  const sideBar = page.locator('.part.sidebar');
  await page.keyboard.press('Control+B');
  await sideBar.waitFor({ state: 'hidden' });
  await place?.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await picture(page, name);
  await page.keyboard.press('Control+B');
  await sideBar.waitFor();
}

it('shows the decision card before the first word of the answer, then the answer as it comes', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  await until(
    'the fleet in the health tree',
    30_000,
    async () => (await treeRows(page, 'Health')).length === 6,
  );
  await stage.fault({ kind: 'slow', firstChunkMs: 6_000, chunkMs: 25 });
  await openSource(page, 'src/cart.ts');
  await selectLines(page, 9, 11);

  await runCommand(page, 'Task Router: Route Task');
  const prompt = page.locator('.quick-input-widget .quick-input-message');
  await expect.poll(() => prompt.textContent()).toContain('Context: src/cart.ts, lines 9–11.');
  await picture(page, 'route-task');
  await answerInput(page, 'Explain what this adds up');

  const panel = await Panel.on(page);
  await panel.card.waitFor();
  expect(await panel.waiting.isVisible()).toBe(true);
  expect(await panel.answer.isVisible()).toBe(false);
  expect(await panel.card.locator('.summary').textContent()).toMatch(/ leads demo-/);
  await picture(page, 'panel-decision');

  await panel.answer.getByText('Demo answer (no real model)').waitFor({ timeout: 30_000 });
  expect(await panel.bar.textContent()).toContain('Answering');
  await picture(page, 'panel-streaming');
  await panel.ended('Answered');
  expect(await panel.answer.textContent()).toContain('src/cart.ts');
  await pictureOfPanel('panel-task');
});

it('is offered in the context menu of the editor', async () => {
  const { page } = stage;
  await page.locator('.monaco-editor .view-line').nth(9).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Task Router' }).hover();
  await page.getByRole('menuitem', { name: 'Route Task' }).click();
  const prompt = page.locator('.quick-input-widget .quick-input-message');
  await expect.poll(() => prompt.textContent()).toContain('Context: src/cart.ts');
  // On a busy machine the menu may still be there behind the question.
  const menu = page.locator('.context-view .monaco-menu');
  await until('the question and the menu to go', 10_000, async () => {
    await page.keyboard.press('Escape');
    return (await menu.count()) === 0 && !(await prompt.isVisible());
  });
});

it('lists every candidate with its score parts, and marks the chosen one', async () => {
  const panel = await Panel.on(stage.page);
  const disclosure = panel.frame.locator('summary').filter({ hasText: 'Candidates' });
  expect(await panel.candidates.isVisible()).toBe(false);
  await disclosure.click();
  const rows = panel.candidates.getByRole('row');
  await expect.poll(() => rows.count()).toBe(4);
  const headers = await panel.candidates.getByRole('columnheader').allTextContents();
  expect(headers.map((text) => text.trim().split(/\s/)[0])).toEqual([
    'Route',
    'Score',
    'Capability',
    'Performance',
    'Resources',
    'History',
    'Time',
    'Cost',
  ]);
  const chosen = panel.candidates.locator('tr.is-chosen');
  expect(await chosen.locator('.route-name').getAttribute('title')).toBe(await panel.chosenRoute());
  const scores = await panel.candidates.locator('td.score').allTextContents();
  expect(scores.map(Number)).toEqual(scores.map(Number).toSorted((a, b) => b - a));
  await disclosure.click();
});

it('shows the task and the health of its route in the trees, and the model in the status bar', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  const model = ((await panel.card.locator('.chosen-name').textContent()) ?? '').trim();
  const [task] = await treeRows(page, 'Tasks');
  expect(task).toMatchObject({ label: 'Explain what this adds up' });
  expect(task?.description).toMatch(/^answered · /);
  const server = stage.serverOf(await panel.chosenRoute()).id;
  const health = await treeRows(page, 'Health');
  const node = health.findIndex(({ label }) => label.startsWith(server));
  expect(health[node]).toMatchObject({ level: 1, expanded: true });
  expect(health[node + 1]?.ariaLabel).toMatch(/healthy · 100 % ok · first token/);
  expect(await statusBarItem(page, 'emo').getAttribute('aria-label')).toContain(`last answered by ${model}`);
  await picture(page, 'health-tree', page.locator('.part.sidebar'));
});

it('shows the answer first, and every reason when the route is to be explained', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  const reasons = panel.card.getByText('Objective', { exact: true });
  expect(await reasons.isVisible()).toBe(false);
  await runCommand(page, 'Task Router: Explain Last Route');
  await reasons.waitFor();
  await panel.card.getByText('would be chosen').first().waitFor();
  await panel.candidates.waitFor();
  await panel.card.locator('.card-details > summary').click();
  await reasons.waitFor({ state: 'hidden' });
});

it('copies the whole answer', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  await panel.button('Copy').click();
  await expect.poll(() => clipboard(page)).toMatch(/^Demo answer \(no real model\)/);
  // As markdown, up to its last line.
  expect(await clipboard(page)).toContain('\n## What was sent\n');
  const last = (await panel.answer.locator('li').last().textContent()) ?? '';
  expect((await clipboard(page)).trimEnd().endsWith(last)).toBe(true);
});

it('replaces the selection only after a look at the difference', async () => {
  const { page } = stage;
  await openSource(page, 'src/cart.ts');
  await selectLines(page, 9, 11);
  const panel = await route('Write tests for this');
  await panel.ended('Answered');
  const replace = panel.frame.locator('[data-code-action=replace]').first();
  const code = (await panel.frame.locator('.code pre').first().textContent()) ?? '';
  const diff = page.locator('.monaco-diff-editor');
  const title = page.locator('.editor-group-container .editor-actions');
  // The editor shows actions for the group in use, and notices a quarter of a second late that the panel was clicked.
  const useDiff = () => page.locator('.tab').getByText('answer of Task Router').click();

  await replace.click();
  await diff.waitFor();
  await expect.poll(() => diff.locator('.line-insert').count()).toBeGreaterThan(0);
  await useDiff();
  await picture(page, 'diff-preview');
  await title.getByRole('button', { name: 'Discard Replacement' }).click();
  await diff.waitFor({ state: 'detached' });
  expect(await saved(page, cartFile())).toBe(cart);

  await replace.click();
  await diff.waitFor();
  await useDiff();
  await title.getByRole('button', { name: 'Accept Replacement' }).click();
  await diff.waitFor({ state: 'detached' });
  await page.locator('.tab.active.dirty[data-resource-name="cart.ts"]').waitFor();
  const lines = cart.split('\n');
  const expected = [...lines.slice(0, 8), code.replace(/\n+$/, ''), ...lines.slice(11)].join('\n');
  expect(await saved(page, cartFile())).toBe(expected);
});

it('inserts a code block at the cursor', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  const code = (await panel.frame.locator('.code pre').first().textContent()) ?? '';
  await openSource(page, 'src/money.ts');
  await page.keyboard.press('Control+End');
  await panel.frame.locator('[data-code-action=insert]').first().click();
  await page.locator('.tab.active.dirty[data-resource-name="money.ts"]').waitFor();
  await openSource(page, 'src/money.ts');
  const money = await saved(page, join(stage.folder('shop'), 'src/money.ts'));
  expect(money.trimEnd().endsWith(code.trimEnd())).toBe(true);
});

it('takes a grade, and retries on another route', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  const first = await panel.chosenRoute();
  await panel.button('Good').click();
  await panel.bar.getByRole('button', { name: 'Good', pressed: true }).waitFor();

  await panel.button('Retry on…').click();
  await panel.frame.getByRole('menuitem', { name: 'Another route' }).click();
  await panel.frame.getByText('retry of').waitFor();
  await panel.card.waitFor();
  expect(await panel.chosenRoute()).not.toBe(first);
  await panel.ended('Answered');
  expect(await panel.bar.getByRole('button', { name: 'Good', pressed: true }).count()).toBe(0);
});

it('moves on when the server dies before its first word, says so in the timeline, and shows no message', async () => {
  const { page } = stage;
  await openSource(page, 'src/cart.ts');
  await stage.fault({ kind: 'slow', firstChunkMs: 7_000, chunkMs: 10 });
  const seen = await watchToasts(page);
  const panel = await route('Explain the discount');
  await panel.card.waitFor();
  const dying = stage.serverOf(await panel.chosenRoute());
  // The others answer at their usual pace.
  await stage.fault();
  process.kill(dying.pid, 'SIGKILL');
  await panel.timeline.waitFor();
  expect(await panel.timeline.textContent()).toMatch(/failed: network failure/);
  await panel.ended('Answered');
  expect(await panel.bar.textContent()).toContain('2 attempts');
  await pictureOfPanel('panel-failover', panel.timeline);
  await expect
    .poll(async () => (await treeRows(page, 'Tasks'))[0]?.description)
    .toMatch(/^answered after 1 failover/);

  await panel.tab('Failover').click();
  const row = panel.frame.getByRole('table', { name: 'Failovers' }).getByRole('row').nth(1);
  expect(await row.textContent()).toMatch(/Explain the discount.*network failure/s);
  await picture(page, 'panel-failovers');
  await panel.tab('Task').click();
  expect(await seen()).toEqual([]);
});

it('starts the answer over, visibly, when the server dies in the middle of it', async () => {
  const { page } = stage;
  const panel = await route('Explain the rounding');
  await panel.ended('Answered');
  const next = stage.serverOf(await panel.chosenRoute());
  await setFaults(next, [{ kind: 'die', afterChunks: 15 }]);
  const again = await route('Explain the rounding once more');
  await again.timeline.waitFor();
  expect(await again.timeline.textContent()).toContain('restarted: the text so far was dropped');
  await again.ended('Answered');
  // Nothing is spliced: the answer has one beginning.
  expect(((await again.answer.textContent()) ?? '').split('Demo answer').length - 1).toBe(1);
  await openView(page, 'Task Router');
  const health = treePane(page, 'Health');
  await health.getByText('unreachable').first().waitFor();
});
