/** A side bar as narrow as people keep it: what differs between models of one family is read in their rows. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openView, treeRow, treeRows } from '../host/workbench.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';

const family = [
  'acme2.5-coder-7b-instruct-q4_K_M',
  'acme2.5-coder-14b-instruct-q4_K_M',
  'acme2.5-coder-32b-instruct-q4_K_M',
];
const node = {
  ...{ id: 'lab', provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' },
  models: family.map((id) => ({ id })),
};
const stage = useStage({ hasFleet: false, config: JSON.stringify({ nodes: [node] }) });

const sideBarPx = 200;

/** Drags the edge between side bar and editor. */
async function narrow(page: Page): Promise<void> {
  const bar = await page.locator('.part.sidebar').boundingBox();
  if (bar === null) throw new Error('The side bar is not open.');
  const y = bar.y + bar.height - 60;
  await page.mouse.move(bar.x + bar.width, y);
  await page.mouse.down();
  await page.mouse.move(bar.x + sideBarPx, y, { steps: 8 });
  await page.mouse.up();
}

it('shows at 200 px which model of a family a row is, and says its whole name', async () => {
  const { page } = stage;
  await openView(page, 'Task Router');
  await treeRow(page, 'Health', 'acme2.5…7b-instruct-q4_K_M').waitFor({ timeout: 30_000 });
  await narrow(page);
  const width = (await page.locator('.part.sidebar').boundingBox())?.width ?? 0;
  expect(width).toBeLessThan(sideBarPx + 10);
  expect((await treeRows(page, 'Health')).map(({ label }) => label)).toEqual(
    expect.arrayContaining(['7b', '14b', '32b'].map((size) => `acme2.5…${size}-instruct-q4_K_M`)),
  );
  for (const size of ['7b', '14b', '32b']) {
    const row = treeRow(page, 'Health', `acme2.5…${size}-instruct-q4_K_M`);
    expect(await row.getAttribute('aria-label')).toContain(`acme2.5-coder-${size}-instruct-q4_K_M`);
    // The size stands within what is shown of the row.
    const shown = await row.evaluate((element, text) => {
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      let label = texts.nextNode();
      while (label !== null && label.textContent?.includes(text) !== true) label = texts.nextNode();
      if (label === null) return false;
      const range = document.createRange();
      const at = label.textContent?.indexOf(text) ?? 0;
      range.setStart(label, at);
      range.setEnd(label, at + text.length);
      // Behind it there is room for the ellipsis.
      return range.getBoundingClientRect().right < element.getBoundingClientRect().right - 24;
    }, size);
    expect([size, shown]).toEqual([size, true]);
  }
  await picture(page, 'narrow-tree');
});
