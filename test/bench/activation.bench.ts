/**
 * What the extension costs a window that begins to use it: the time VS Code itself has measured for loading its code and
 * running `activate`, read from *Developer: Show Running Extensions*. Median of five windows, each with an extension host
 * of its own; the packaged extension is installed.
 */
import { launchBrowser, openWorkbench } from '../editor/host/browser.ts';
import { startEditor } from '../editor/host/server.ts';
import { until } from '../editor/host/until.ts';
import { openView, runCommand } from '../editor/host/workbench.ts';
import { packageExtension } from '../editor/package-vsix.ts';
import type { Measured } from './report.ts';

export const name = 'activation';

const windows = 5;
const patienceMs = 30_000;
type Page = Parameters<typeof openWorkbench>[0];

export async function run(): Promise<Measured> {
  const editor = await startEditor({
    vsix: await packageExtension(),
    // The list of extensions as a tab: as a dialog it would lie over the views.
    settings: { 'workbench.editor.useModal': 'off' },
  });
  try {
    // So tall that the whole list is on the screen: rows beyond it do not exist in the page.
    const browser = await launchBrowser({ viewport: { width: 1280, height: 3_000 } });
    try {
      const rows: { window: number; activationMs: number }[] = [];
      while (rows.length < windows) {
        const page = await browser.newPage();
        await openWorkbench(page, await editor.url());
        rows.push({ window: rows.length + 1, activationMs: await activationMs(page) });
        await page.close();
      }
      const sorted = rows.map((row) => row.activationMs).toSorted((a, b) => a - b);
      return { activationMs: sorted[Math.floor(windows / 2)] ?? NaN, rows };
    } finally {
      await browser.dispose();
    }
  } finally {
    await editor.dispose();
  }
}

/**
 * Looks at a view of the extension, which activates it, and asks the editor what that took. Only once the extensions that
 * start with the window are awake: they share a thread with ours, and its time would hold theirs.
 */
async function activationMs(page: Page): Promise<number> {
  await runCommand(page, 'Developer: Show Running Extensions');
  const times = page.locator('.runtime-extensions-editor .activation-time');
  await until('the startup of the others', patienceMs, async () => {
    const texts = await times.allTextContents();
    return texts.length > 0 && texts.every((text) => /\d+\s*ms/.test(text));
  });
  await openView(page, 'Task Router');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: 'Task Router' });
  const time = row.locator('.activation-time').filter({ hasText: /\d/ });
  await time.waitFor({ timeout: patienceMs });
  const text = (await time.textContent()) ?? '';
  const ms = /(\d+)\s*ms/.exec(text)?.[1];
  if (ms === undefined) throw new Error(`The editor says "${text}", which holds no time.`);
  return Number(ms);
}
