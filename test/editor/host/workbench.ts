/**
 * What a user sees and does in a VS Code window, as functions over its page. The selectors are those of the
 * workbench version in `install.ts`; they live here alone, so that another version is a change to one file.
 * Every function waits for what it needs and brings its page to the front first, because a background tab
 * delays each click by seconds.
 */
import { posix } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import type { TestEditor } from './server.ts';
import { until } from './until.ts';

/** An extension is there 6 to 10 s after its window. The rest is for a loaded machine. */
const PATIENCE_MS = 60_000;
/** For parts of something that is on the screen already. */
const STEP_PATIENCE_MS = 3_000;
const CLICK_PATIENCE_MS = 15_000;
const QUICK_INPUT = '.quick-input-widget .quick-input-box input';
const QUICK_ROW = '.quick-input-widget .quick-input-list .monaco-list-row';

/** Runs a command by its palette name, such as `Task Router: Route Task`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const query = `>${title}`;
  // A key binding, where there is one, follows the title after a comma.
  const row = page.locator(
    `${QUICK_ROW}[aria-label=${quote(title)}], ${QUICK_ROW}[aria-label^=${quote(`${title}, `)}]`,
  );
  await chooseQuickly(page, 'F1', query, row);
  // Gone, or already the input box that the command asks for.
  await until(
    `the palette to close after ${title}`,
    PATIENCE_MS,
    async () => (await quickInputValue(page)) !== query,
  );
}

/** Types `text` into the input box that an extension shows, and accepts it with Enter. */
export async function answerInput(page: Page, text: string): Promise<void> {
  await page.bringToFront();
  const input = page.locator(QUICK_INPUT);
  await input.waitFor({ timeout: PATIENCE_MS });
  await input.fill(text);
  // A box that is just opening may put back what it had: what was typed must have stayed.
  await until('the box to keep what was typed', PATIENCE_MS, async () => {
    if ((await input.inputValue()) === text) return true;
    await input.fill(text);
    return false;
  });
  await input.press('Enter');
}

/** Chooses the entry of a quick pick by its label. */
export async function pickItem(page: Page, label: string): Promise<void> {
  await page.bringToFront();
  const name = page.locator('.quick-input-list-row .label-name').first();
  await page
    .locator(QUICK_ROW)
    .filter({ has: name.getByText(label, { exact: true }) })
    .first()
    .click({ timeout: PATIENCE_MS });
}

/** Presses a button of the modal dialog on the screen and returns the dialog's text. */
export async function answerDialog(page: Page, button: string): Promise<string> {
  await page.bringToFront();
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor({ timeout: PATIENCE_MS });
  const text = await dialog.locator('.dialog-message-container').innerText();
  await dialog.locator('.dialog-buttons').getByText(button, { exact: true }).click();
  return text;
}

/** Opens a file of the window's folders through quick open, by its name or by the end of its path. */
export async function openFile(page: Page, path: string): Promise<void> {
  const name = posix.basename(path);
  await chooseQuickly(
    page,
    'Control+P',
    path,
    page.locator(`${QUICK_ROW}[aria-label^=${quote(name)}]`).first(),
  );
  await page.locator(`.tab.active[data-resource-name=${quote(name)}]`).waitFor({ timeout: PATIENCE_MS });
  await page
    .locator(`.editor-instance .monaco-editor[data-uri$=${quote(`/${encodeURI(name)}`)}]`)
    .first()
    .waitFor();
}

/** Shows the view container with this title, by its icon in the activity bar. */
export async function openView(page: Page, title: string): Promise<void> {
  await page.bringToFront();
  const icon = page
    .locator('.activitybar .action-item')
    .filter({ has: page.locator(`[aria-label^=${quote(title)}]`) });
  await icon.waitFor({ timeout: PATIENCE_MS });
  // Clicking the icon of a container that is shown would hide it; and one that a reload is just bringing back, too.
  await until(`the view "${title}" to open`, PATIENCE_MS, async () => {
    if (((await icon.getAttribute('class')) ?? '').includes('checked')) return true;
    await icon.click();
    return false;
  });
}

/** A row of a tree view, as it is on the screen. */
export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** What a screen reader says. */
  readonly ariaLabel: string;
  /** 1 for the roots. */
  readonly level: number;
  /** `undefined` for a row without children. */
  readonly expanded: boolean | undefined;
}

/** The rows of the tree view `view` in the side bar that are on the screen, from top to bottom. */
export async function treeRows(page: Page, view: string): Promise<TreeRow[]> {
  return treePane(page, view)
    .locator('.monaco-list-row')
    .evaluateAll((rows) =>
      rows
        .toSorted((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
        .map((row) => ({
          label: row.querySelector('.label-name')?.textContent ?? '',
          description: row.querySelector('.label-description')?.textContent ?? '',
          ariaLabel: row.getAttribute('aria-label')?.trim() ?? '',
          level: Number(row.getAttribute('aria-level')),
          expanded: row.hasAttribute('aria-expanded')
            ? row.getAttribute('aria-expanded') === 'true'
            : undefined,
        })),
    );
}

/** A row of the tree view `view`, to click on or to look for actions in. */
export function treeRow(page: Page, view: string, label: string): Locator {
  return treePane(page, view)
    .locator('.monaco-list-row')
    .filter({ has: page.locator('.label-name').getByText(label, { exact: true }) });
}

/** The pane of a view in the side bar, header and welcome content included. */
export function treePane(page: Page, view: string): Locator {
  return page
    .locator('.sidebar .pane')
    .filter({ has: page.locator(`.pane-header[aria-label=${quote(`${view} Section`)}]`) });
}

/**
 * The content of a webview that is on the screen.
 * @param title the panel's title; needed when several are on the screen.
 */
export async function panelFrame(page: Page, title?: string): Promise<FrameLocator> {
  await page.bringToFront();
  return until(`a webview ${title ?? ''}`, PATIENCE_MS, async () => {
    for (const outer of await page.locator('iframe.webview.ready').filter({ visible: true }).all()) {
      const name = await outer.getAttribute('name', { timeout: STEP_PATIENCE_MS });
      const frame = page.frameLocator(`iframe.webview[name=${quote(name ?? '')}]`);
      const inner = frame.locator('#active-frame');
      const innerTitle = await inner.getAttribute('title', { timeout: STEP_PATIENCE_MS });
      if (title === undefined || innerTitle === title) return frame.frameLocator('#active-frame');
    }
    return undefined;
  });
}

/** A notification in the corner of the window. */
export interface Toast {
  readonly severity: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly buttons: readonly string[];
}

/** The notifications that are shown at this moment. */
export async function toasts(page: Page): Promise<Toast[]> {
  return page.locator('.notifications-toasts .notification-list-item').evaluateAll((items) =>
    items.map((item) => {
      const icon = item.querySelector('.notification-list-item-icon')?.className ?? '';
      return {
        severity: icon.includes('codicon-error')
          ? 'error'
          : icon.includes('codicon-warning')
            ? 'warning'
            : 'info',
        message: item.querySelector('.notification-list-item-message')?.textContent ?? '',
        buttons: Array.from(
          item.querySelectorAll('.notification-list-item-buttons-container .monaco-button'),
          (button) => button.textContent,
        ),
      } as const;
    }),
  );
}

/** Waits for a notification whose message contains `text`; click its buttons by `toast.getByText(…)`. */
export async function toast(page: Page, text: string): Promise<Locator> {
  const item = page
    .locator('.notifications-toasts .notification-list-item')
    .filter({ hasText: text })
    .first();
  await item.waitFor({ timeout: PATIENCE_MS });
  return item;
}

/** The item of the status bar whose text contains `text`. */
export function statusBarItem(page: Page, text: string): Locator {
  return page.locator('.statusbar .statusbar-item').filter({ hasText: text });
}

const THEMES = {
  light: { setting: 'Light Modern', className: 'vs' },
  dark: { setting: 'Dark Modern', className: 'vs-dark' },
  'high contrast': { setting: 'Default High Contrast', className: 'hc-black' },
  'high contrast light': { setting: 'Default High Contrast Light', className: 'hc-light' },
} as const;

/** Changes the theme of the whole editor and waits until the window shows it. */
export async function setTheme(page: Page, editor: TestEditor, theme: keyof typeof THEMES): Promise<void> {
  const { setting, className } = THEMES[theme];
  await page.bringToFront();
  await editor.updateSettings({ 'workbench.colorTheme': setting, 'window.autoDetectColorScheme': false });
  await page.locator(`.monaco-workbench.${className}`).waitFor({ timeout: PATIENCE_MS });
}

/**
 * Opens a quick input by its key, filters it and clicks `row`. A palette lists what was registered when it
 * opened, so it is opened anew while the row is missing: soon at first, then with growing patience for a slow
 * machine. The click itself has time: one that took too long may have been one all the same, and a command that runs
 * twice asks twice, the second box in the place of the first, with what was typed into it.
 */
async function chooseQuickly(page: Page, key: string, query: string, row: Locator): Promise<void> {
  await page.bringToFront();
  let rowPatienceMs = 0;
  await until(`${query} in the list`, PATIENCE_MS, async () => {
    rowPatienceMs += 1_000;
    await page.keyboard.press(key);
    await page.locator(QUICK_INPUT).fill(query, { timeout: STEP_PATIENCE_MS });
    try {
      await row.waitFor({ timeout: rowPatienceMs });
      await row.click({ timeout: CLICK_PATIENCE_MS });
      return true;
    } catch (error) {
      await page.keyboard.press('Escape');
      throw error;
    }
  });
}

async function quickInputValue(page: Page): Promise<string | undefined> {
  const input = page.locator(QUICK_INPUT).filter({ visible: true });
  return (await input.count()) === 0 ? undefined : input.inputValue({ timeout: STEP_PATIENCE_MS });
}

/** A CSS string. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
