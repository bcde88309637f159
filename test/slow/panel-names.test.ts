/** Names of models in the panel, in a real Chromium: what differs between two of one family is seen at every width. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PanelSite, openDetails, settle } from '../support/panel-site.ts';

let site: PanelSite;
beforeAll(async () => {
  site = await PanelSite.start();
});
afterAll(() => site.close());

it.each([200, 300, 380, 1100])('shows in %i px what differs between models of one family', async (width) => {
  const { page } = await site.openPage(width);
  await site.showScene(page, 'siblings');
  await openDetails(page);
  await settle(page);
  const hidden = await page.evaluate(() => {
    const places: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode() !== null) {
      const text = texts.currentNode;
      const at = text.textContent?.search(/(14|7)b-instruct/) ?? -1;
      if (at < 0 || text.parentElement?.checkVisibility() !== true) continue;
      const range = document.createRange();
      range.setStart(text, at);
      range.setEnd(text, at + 3);
      const seen = range.getBoundingClientRect();
      for (let box: Element | null = text.parentElement; box !== null; box = box.parentElement) {
        if (getComputedStyle(box).overflow !== 'hidden') continue;
        const { left, right, bottom } = box.getBoundingClientRect();
        if (seen.left < left - 1 || seen.right > right + 1 || seen.bottom > bottom + 3)
          places.push(`${text.parentElement.className} in ${box.className}`);
      }
    }
    return places;
  });
  await page.close();
  expect(hidden).toEqual([]);
});
