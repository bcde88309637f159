/**
 * The harness of `webview/dev/` in a real Chromium, under the content policy that VS Code's page has: a site with a fresh
 * nonce a page, pages that note what they complain of, and what tests do with a page.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { panelCommandSchema, type PanelCommand, type RouterEvent } from '@task-router/protocol';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Harness } from '../../webview/dev/harness.ts';
import type { SceneName } from '../../webview/dev/states.ts';

const repository = join(import.meta.dirname, '..', '..');
const contentTypes: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  ttf: 'font/ttf',
};

/** What a page has complained about or reached for; a good page leaves this empty. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

/** Built and served, with a browser; close it when all tests are done. */
export class PanelSite {
  readonly browser: Browser;
  readonly #origin: string;
  readonly #folder: string;
  readonly #server: Server;

  private constructor(browser: Browser, folder: string, server: Server) {
    this.browser = browser;
    this.#folder = folder;
    this.#server = server;
    this.#origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<PanelSite> {
    const folder = await buildPanel('--dev');
    const server = serve(folder);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    });
    return new PanelSite(browser, folder, server);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#folder, { recursive: true });
  }

  async openPage(width = 700, height = 800): Promise<Watched> {
    const page = await this.browser.newPage({ viewport: { width, height } });
    await page.addInitScript(watchDrawing);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${this.#origin}/`)) complaints.push(`request: ${request.url()}`);
    });
    page.on('popup', (popup) => complaints.push(`popup: ${popup.url()}`));
    return { page, complaints };
  }

  async showScene(page: Page, scene: SceneName, theme = 'dark'): Promise<void> {
    await page.goto(`${this.#origin}/?scene=${scene}&theme=${theme}`);
    await settle(page);
  }
}

/** Builds the panel into a temporary folder, which the caller removes. */
export async function buildPanel(...args: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'task-router-panel-'));
  await promisify(execFile)(process.execPath, [join(repository, 'webview/esbuild.mjs'), ...args, folder]);
  return folder;
}

/** Serves the harness with a fresh nonce per page, as the extension does. */
function serve(folder: string): Server {
  return createServer((request, response) => {
    if (request.url === '/favicon.ico') return void response.writeHead(204).end();
    const name = new URL(request.url ?? '/', 'http://127.0.0.1').pathname.slice(1);
    void readFile(join(folder, /^[\w.-]+$/.test(name) ? name : 'index.html')).then(
      (body) => {
        const nonce = randomBytes(16).toString('base64');
        const origin = `http://${request.headers.host ?? ''}`;
        response.setHeader(
          'content-type',
          contentTypes[name.split('.').at(-1) ?? ''] ?? contentTypes['html'] ?? '',
        );
        response.setHeader(
          'content-security-policy',
          `default-src 'none'; img-src ${origin}; style-src ${origin}; font-src ${origin}; script-src 'nonce-${nonce}'`,
        );
        response.end(
          name.includes('.') ? body : body.toString().replaceAll('nonce="harness"', `nonce="${nonce}"`),
        );
      },
      () => response.writeHead(404).end(),
    );
  });
}

/**
 * What the messages brought is drawn: two frames, in which they arrive, and then no frame is asked for any more. After a
 * slow drawing the panel leaves the page alone for a while, so two frames are not enough on a busy machine.
 */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done)))),
  );
  await page.evaluate(() => (window as unknown as { drawn: () => Promise<void> }).drawn());
}

/** Runs in the page before all else: `drawn` resolves when the panel waits neither for a frame nor to ask for one. */
function watchDrawing(): void {
  const longestRestMs = 100;
  const waiting = new Set<object>();
  const frame = window.requestAnimationFrame.bind(window);
  const timer = window.setTimeout.bind(window);
  window.requestAnimationFrame = (draw) => {
    const asked = {};
    waiting.add(asked);
    return frame((atMs) => {
      waiting.delete(asked);
      draw(atMs);
    });
  };
  const watchedTimer = (run: () => void, ms = 0): number => {
    if (ms > longestRestMs) return timer(run, ms);
    const asked = {};
    waiting.add(asked);
    return timer(() => {
      waiting.delete(asked);
      run();
    }, ms);
  };
  Object.assign(window, {
    setTimeout: watchedTimer,
    async drawn() {
      while (waiting.size > 0) await new Promise<void>((done) => void timer(done, 5));
    },
  });
}

/** Unfolds everything that is folded. */
export async function openDetails(page: Page): Promise<void> {
  const folded = page.locator('details:not([open]) > summary');
  while ((await folded.count()) > 0) {
    await folded.evaluateAll((summaries: HTMLElement[]) => {
      for (const summary of summaries) summary.click();
    });
    await settle(page);
  }
}

export async function sent(page: Page): Promise<PanelCommand[]> {
  const commands = await page.evaluate(() => (window as unknown as { harness: Harness }).harness.sent);
  return commands.map((command) => panelCommandSchema.parse(command));
}

export async function sendEvents(page: Page, firstSeq: number, ...events: RouterEvent[]): Promise<void> {
  await page.evaluate(
    ([list, first]) => {
      const { harness } = window as unknown as { harness: Harness };
      list.forEach((event, index) => harness.send({ type: 'event', event: { seq: first + index, event } }));
    },
    [events, firstSeq] as const,
  );
  await settle(page);
}

export const focusedText = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent.replace(/\s+/g, ' ').trim() ?? '');
