/** What a developer sees when resources are short: the place in line, and a task that stops at a budget and asks. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../host/until.ts';
import { openView, runCommand, treeRows } from '../host/workbench.ts';
import { Panel } from './support/panel.ts';
import { routeTask } from './support/route-task.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';
import { openSource } from './support/text-editor.ts';

const stage = useStage();

/** One of the fleet's servers as a node of one's own: with one slot, and prices. */
function config(budgetUsd: number): string {
  const { url } = stage.server('demo-fast');
  const node = {
    ...{ id: 'team', provider: 'openai-compatible', baseUrl: url },
    models: [
      {
        ...{ id: 'demo-mini', contextWindow: 32_768, maxOutputTokens: 4_096 },
        prices: { inputPerMTok: 10, outputPerMTok: 50 },
      },
    ],
    limits: { concurrency: 1, requestsPerMinute: 60 },
  };
  const budgets = [{ scope: 'user', window: 'day', limitUsd: budgetUsd, hard: true }];
  return JSON.stringify({ nodes: [node], policy: { allow: ['team/*'] }, budgets }, null, 2);
}

const route = (prompt: string): Promise<Panel> => routeTask(stage.page, prompt);

it('shows a task’s place in line, beside its decision, and lets it be cancelled', async () => {
  const { page } = stage;
  await writeFile(join(stage.home, 'config.jsonc'), config(5));
  await openView(page, 'Task Router');
  // Alive, and far from its end for as long as this takes.
  await stage.fault({ kind: 'slow', chunkMs: 2_000 });
  await openSource(page, 'src/cart.ts');
  const first = await route('Explain the first');
  await first.answer.waitFor({ timeout: 30_000 });

  const panel = await route('Explain the second');
  const card = panel.frame.locator('.waiting-card');
  await card.waitFor({ timeout: 30_000 });
  expect(await card.textContent()).toMatch(
    /Waiting in line: place 1 of 1.*1 of 1 slots of team are taken\./s,
  );
  expect(await panel.card.textContent()).toContain('The task waits in line.');
  expect(await panel.bar.textContent()).toContain('Waiting in line');
  await until('the place in the tree', 10_000, async () =>
    (await treeRows(page, 'Tasks')).some(({ description }) =>
      description.startsWith('waiting in line, place 1 of 1'),
    ),
  );
  await picture(page, 'panel-queued');
  await panel.button('Cancel').click();
  await panel.ended('Cancelled');
  expect(await card.count()).toBe(0);

  await panel.frame
    .locator('.task-row, .task-select option')
    .filter({ hasText: 'Explain the first' })
    .first()
    .waitFor({ state: 'attached' });
  await runCommand(page, 'Task Router: Cancel Task');
  await until('the first task to end', 30_000, async () =>
    (await treeRows(page, 'Tasks')).every(({ description }) => !description.startsWith('running')),
  );
});

it('stops at a hard budget and asks; the keyboard alone lets the task go on', async () => {
  const { page } = stage;
  await stage.fault();
  await writeFile(join(stage.home, 'config.jsonc'), config(0.001));
  const panel = await route('Explain what this costs');
  const question = panel.frame.locator('.question-card');
  await question.waitFor({ timeout: 30_000 });
  expect(await question.textContent()).toContain('$0.00100 a day (config.jsonc)');
  const toast = page
    .locator('.notifications-toasts .notification-list-item')
    .filter({ hasText: 'stopped at a budget' });
  await toast.waitFor();
  expect(
    await toast.getByRole('button', { name: /^(?:Allow Once|Raise Budget…|Cancel Task)$/ }).count(),
  ).toBe(3);
  await picture(page, 'panel-budget');
  const allow = question.getByRole('button', { name: 'Allow Once' });
  await allow.focus();
  await allow.press('Enter');
  await panel.ended('Answered');
  expect(await question.count()).toBe(0);
});

it('goes on as soon as the budget is raised in config.jsonc', async () => {
  const { page } = stage;
  await runCommand(page, 'Notifications: Clear All Notifications');
  await route('Explain it once more');
  const toast = page
    .locator('.notifications-toasts .notification-list-item')
    .filter({ hasText: 'Explain it once more' });
  await toast.waitFor({ timeout: 30_000 });
  await toast.getByRole('button', { name: 'Raise Budget…' }).click();
  await page.locator('.tab.active[data-resource-name="config.jsonc"]').waitFor();
  // Whoever saves the file, it is read when the daemon is next asked something.
  await writeFile(join(stage.home, 'config.jsonc'), config(5));
  await runCommand(page, 'Task Router: Probe Nodes Now');
  await runCommand(page, 'Task Router: Open Panel');
  // The panel was out of sight meanwhile, and its page is another one.
  await (await Panel.on(page)).ended('Answered');
});

it('shows what was spent, and of which budget, in the Health section', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  await panel.tab('Health').click();
  const spend = panel.frame.locator('section.spend');
  await spend.waitFor();
  await expect.poll(() => spend.textContent()).toMatch(/\$5\.00 a day \(config\.jsonc\).*openai-compatible/s);
  expect(await panel.frame.locator('.quota').first().textContent()).toMatch(/of 60 requests a minute left/);
  await spend.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await picture(page, 'panel-spend');
});
