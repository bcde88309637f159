/** A text editor and the clipboard, as a developer uses them. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { until } from '../../host/until.ts';
import { openFile, statusBarItem } from '../../host/workbench.ts';

/** Opens a file in the first group, beside the panel: quick open would take the group that has the focus. */
export async function openSource(page: Page, path: string): Promise<void> {
  await page.keyboard.press('Control+1');
  await page
    .locator('[id="workbench.parts.editor"] .split-view-view:first-child > .editor-group-container.active')
    .waitFor();
  await openFile(page, path);
}

/** Selects whole lines of the focused editor, 1-based and inclusive, and waits until the status bar says so. */
export async function selectLines(page: Page, first: number, last: number): Promise<void> {
  await page.keyboard.press('Control+Home');
  for (let line = 1; line < first; line += 1) await page.keyboard.press('ArrowDown');
  for (let line = first; line <= last; line += 1) await page.keyboard.press('Shift+ArrowDown');
  await statusBarItem(page, `Ln ${last + 1}, Col 1 (`).waitFor();
}

/** Saves the editor in front and returns what the file then holds. */
export async function saved(page: Page, path: string): Promise<string> {
  await page.keyboard.press('Control+S');
  await page.locator('.tab.dirty').waitFor({ state: 'detached' });
  // A file is emptied before it is written.
  return until('the file to be written', 5_000, async () => (await readFile(path, 'utf8')) || undefined);
}

export async function clipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}
