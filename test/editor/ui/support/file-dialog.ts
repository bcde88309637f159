/** The editor's own file dialog, which a window in a browser has. */
import type { Page } from 'playwright-core';
import { until } from '../../host/until.ts';

/** Answers the open dialog. While it still lists the folder, it puts back what it had; and it may go while it is typed into. */
export async function chooseFile(
  page: Page,
  path: string,
  isReady: (shown: string) => boolean,
): Promise<void> {
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await until('the file dialog', 20_000, async () => isReady(await input.inputValue()));
  const patience = { timeout: 1_000 };
  await until('the file to be chosen', 20_000, async () => {
    if (!(await input.isVisible())) return true;
    await input
      .fill(path, patience)
      .then(() => input.press('Enter', patience))
      .catch(() => undefined);
    return false;
  });
}
