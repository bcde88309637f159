/**
 * The browser that shows an editor's windows, and the windows' life: open, reload, photograph. What a user
 * does inside a window is in `workbench.ts`.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { atExit } from './at-exit.ts';
import { ensureTestHost, REPOSITORY_ROOT } from './install.ts';

/** Seen: 3 to 6 s. The rest is for a loaded machine. */
const OPEN_PATIENCE_MS = 60_000;
const SCREENSHOT_DIRECTORY = join(REPOSITORY_ROOT, 'docs', 'images');

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface BrowserOptions {
  /** In CSS pixels. Default: 1280 × 800. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Screen pixels per CSS pixel. Default: 1. */
  readonly scale?: number;
}

/** One browser with one profile: its pages share secrets and UI state, as the windows of one VS Code do. */
export interface TestBrowser {
  readonly context: BrowserContext;
  newPage(): Promise<Page>;
  /** Closes all pages, ends the browser and removes its profile. */
  dispose(): Promise<void>;
}

/** Starts Chromium without a screen; about 0.5 s. */
export async function launchBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const { chromiumPath } = await ensureTestHost();
  // Chromium keeps crash reports in the home directory, outside its profile: it gets a home of its own.
  const home = await mkdtemp(join(tmpdir(), 'task-router-browser-'));
  const forgetExit = atExit(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const removeHome = async (): Promise<void> => {
    forgetExit();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: CHROMIUM_FLAGS,
      // `atExit` sees to signals; Playwright then ends the browser on exit.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config') },
    });
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1280, height: 800 },
      deviceScaleFactor: options.scale ?? 1,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await context.addInitScript(answerMintKey, randomBytes(32).toString('base64'));
    return {
      context,
      newPage: () => context.newPage(),
      dispose: async () => {
        await browser.close();
        await removeHome();
      },
    };
  } catch (error) {
    await removeHome();
    throw error;
  }
}

/**
 * Shows the window at `url` (from `TestEditor.url`) and waits until the workbench can be used. Extensions may
 * still be starting then; the helpers of `workbench.ts` wait for what they need of them.
 */
export async function openWorkbench(page: Page, url: string): Promise<void> {
  await page.bringToFront();
  await page.goto(url);
  await workbenchReady(page);
}

/**
 * Reloads the window, which ends its extension host and starts a new one: "Restart Extension Host" is not on
 * the web.
 */
export async function reloadWorkbench(page: Page): Promise<void> {
  await page.bringToFront();
  await page.reload();
  await workbenchReady(page);
}

/**
 * Writes `<directory>/<name>.png` and returns its path.
 * @param directory absolute; default: `docs/images` of this repository.
 */
export async function screenshot(
  page: Page,
  name: string,
  directory = SCREENSHOT_DIRECTORY,
): Promise<string> {
  await page.bringToFront();
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${name}.png`);
  // The pointer goes to the title bar's empty corner: a hover card in the picture would depend on the last
  // click.
  await page.mouse.move(2, 2);
  await page.screenshot({ path, animations: 'disabled' });
  return path;
}

async function workbenchReady(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: OPEN_PATIENCE_MS });
  // The remote indicator loses its "Opening Remote…" spinner when the window has its extension host.
  await page
    .locator('.statusbar-item[id="status.host"]:not(:has(.codicon-modifier-spin))')
    .waitFor({ timeout: OPEN_PATIENCE_MS });
}

/**
 * Runs in the page. code-server's workbench encrypts secrets with a key that it asks of code-server's outer
 * server, which is not used here; unanswered, SecretStorage would forget everything on reload, unlike any
 * real VS Code. Answered here rather than by Playwright's routing, which turns the HTTP cache off.
 */
function answerMintKey(key: string): void {
  const ask = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    if (!address.endsWith('/mint-key')) return ask(input, init);
    return Promise.resolve(new Response(Uint8Array.from(atob(key), (character) => character.charCodeAt(0))));
  };
}
