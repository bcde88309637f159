/** config.jsonc in the editor: problems while it is written, completion, and the last good version in force meanwhile. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../host/until.ts';
import { openView, treeRow, treeRows } from '../host/workbench.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';
import { saved } from './support/text-editor.ts';

const stage = useStage({
  folders: {},
  config: `{
  // A node on this machine.
  "nodes": [{ "id": "local", "provider": "ollama", "baseUrl": "http://127.0.0.1:9" }],
  "policy": {
    "objectve": "cost"
  }
}
`,
});
const squiggles = (page: Page) => page.locator('.monaco-editor .squiggly-error');

it('underlines an unknown key, names the nearest one, and shows it in the health tree', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  const problem = treeRow(page, 'Health', 'config.jsonc');
  await problem.waitFor({ timeout: 30_000 });
  expect(await problem.getAttribute('aria-label')).toMatch(/objectve.*objective/);
  // The tree leads to the file.
  await problem.click();
  await page.locator('.tab.active[data-resource-name="config.jsonc"]').waitFor();
  await squiggles(page).first().waitFor({ timeout: 20_000 });
  await page.keyboard.press('Control+Shift+M');
  const marker = page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'objectve' });
  expect(await marker.textContent()).toMatch(/objective/);
  await picture(page, 'config-problem');
});

it('completes keys and values', async () => {
  const { page } = stage;
  await page.locator('.monaco-editor[data-uri$="/config.jsonc"]').click();
  // Takes the wrong key out, and asks for what may stand there.
  await page.keyboard.press('Control+Home');
  for (let line = 1; line < 5; line += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Control+Space');
  const suggestions = page.locator('.suggest-widget.visible .monaco-list-row');
  await suggestions.first().waitFor();
  const labels = await until('the keys of a policy', 10_000, async () => {
    const texts = await suggestions.locator('.label-name').allTextContents();
    return texts.includes('localOnly') && texts;
  });
  expect(labels).toEqual(
    expect.arrayContaining(['objective', 'allow', 'deny', 'localOnly', 'maxCostPerTaskUsd']),
  );
  await picture(page, 'config-completion');
  await suggestions.filter({ hasText: 'localOnly' }).click();
  await page.keyboard.type('true');
});

it('takes the mended file at once', async () => {
  const { page } = stage;
  const text = await saved(page, join(stage.home, 'config.jsonc'));
  expect(text).toMatch(/"localOnly": true/);
  await squiggles(page).waitFor({ state: 'detached' });
  await until('the problem to leave the tree', 10_000, async () =>
    (await treeRows(page, 'Health')).every(({ label }) => label !== 'config.jsonc'),
  );
  // Nobody listens where the node's server should be.
  await until('the node', 20_000, async () =>
    (await treeRows(page, 'Health')).some(
      ({ label, description }) => label === 'local' && description === 'unreachable',
    ),
  );
});

it('says where JSON is broken', async () => {
  const { page } = stage;
  await page.locator('.monaco-editor[data-uri$="/config.jsonc"]').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('}');
  await page.keyboard.press('Control+S');
  await squiggles(page).first().waitFor();
  await until('the problem in the tree', 10_000, async () =>
    (await treeRows(page, 'Health')).some(
      ({ label, description }) => label === 'config.jsonc' && /line \d/.test(description),
    ),
  );
  // The last good version stays in force.
  expect((await treeRows(page, 'Health')).map(({ label }) => label)).toContain('local');
});
