/** A text editor and the clipboard, as a developer uses them. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { statusBarItem } from '../../host/workbench.ts';

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
  await page.locator('.tab.active:not(.dirty)').first().waitFor();
  return readFile(path, 'utf8');
}

export async function clipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}
