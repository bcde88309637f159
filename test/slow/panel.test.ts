/**
 * The panel in a real Chromium, under the content policy that VS Code's page has: that a hostile model can do nothing,
 * that everything works from the keyboard, that axe finds nothing serious in any state and theme, and that a very long
 * answer keeps the page responsive. The scenes are those of the harness in `webview/dev/`.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { panelCommandSchema, type PanelCommand, type RouterEvent } from '@task-router/protocol';
import type * as Axe from 'axe-core';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '@task-router/protocol/answer';
import { answer, outcome } from '../../webview/dev/samples.ts';
import type { Harness } from '../../webview/dev/harness.ts';
import { hostileAnswer } from '../../webview/dev/hostile.ts';
import { scenes, type SceneName } from '../../webview/dev/states.ts';
import themes from '../../webview/dev/themes.json' with { type: 'json' };

const sceneNames = Object.keys(scenes) as SceneName[];
const themeNames = Object.keys(themes);
const repository = join(import.meta.dirname, '..', '..');
const contentTypes: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  ttf: 'font/ttf',
};

interface Site {
  readonly folder: string;
  readonly origin: string;
  readonly server: Server;
}

let site: Site;
let browser: Browser;
let axeSource: string;

/** What a page has complained about or reached for; a good page leaves this empty. */
interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

async function buildPanel(...args: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'task-router-panel-'));
  await promisify(execFile)(process.execPath, [join(repository, 'webview/esbuild.mjs'), ...args, folder]);
  return folder;
}

/** Serves the harness with a fresh nonce per page, as the extension does. */
async function startSite(): Promise<Site> {
  const folder = await buildPanel('--dev');
  const server = createServer((request, response) => {
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { folder, server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

beforeAll(async () => {
  site = await startSite();
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

afterAll(async () => {
  await browser.close();
  site.server.closeAllConnections();
  site.server.close();
  await rm(site.folder, { recursive: true });
});

async function openPage(width = 700, height = 800): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width, height } });
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
    if (!request.url().startsWith(`${site.origin}/`)) complaints.push(`request: ${request.url()}`);
  });
  page.on('popup', (popup) => complaints.push(`popup: ${popup.url()}`));
  return { page, complaints };
}

async function showScene(page: Page, scene: SceneName, theme = 'dark'): Promise<void> {
  await page.goto(`${site.origin}/?scene=${scene}&theme=${theme}`);
  await settle(page);
}

/** Two frames: what the messages brought is drawn. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done)))),
  );
}

/** Unfolds everything that is folded. */
async function openDetails(page: Page): Promise<void> {
  const folded = page.locator('details:not([open]) > summary');
  while ((await folded.count()) > 0) {
    await folded.first().evaluate((summary: HTMLElement) => summary.click());
    await settle(page);
  }
}

async function sent(page: Page): Promise<PanelCommand[]> {
  const commands = await page.evaluate(() => (window as unknown as { harness: Harness }).harness.sent);
  return commands.map((command) => panelCommandSchema.parse(command));
}

async function sendEvents(page: Page, firstSeq: number, ...events: RouterEvent[]): Promise<void> {
  await page.evaluate(
    ([list, first]) => {
      const { harness } = window as unknown as { harness: Harness };
      list.forEach((event, index) => harness.send({ type: 'event', event: { seq: first + index, event } }));
    },
    [events, firstSeq] as const,
  );
  await settle(page);
}

const focusedText = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent.replace(/\s+/g, ' ').trim() ?? '');

describe('bundle', () => {
  it('is small, holds no zod, and brings its icons', async () => {
    const folder = await buildPanel();
    try {
      const script = await readFile(join(folder, 'main.js'), 'utf8');
      expect((await stat(join(folder, 'main.js'))).size).toBeLessThan(250_000);
      expect(script).not.toContain('ZodError');
      // The mark is one that the contract's own bundle carries.
      const contract = await build({
        stdin: { contents: "export * from '@task-router/protocol'", resolveDir: import.meta.dirname },
        bundle: true,
        minify: true,
        write: false,
        format: 'esm',
      });
      expect(contract.outputFiles[0]?.text).toContain('ZodError');
      expect(await readFile(join(folder, 'codicon.css'), 'utf8')).toContain('./codicon.ttf');
      expect((await stat(join(folder, 'codicon.ttf'))).size).toBeGreaterThan(10_000);
      expect((await stat(join(folder, 'main.css'))).size).toBeLessThan(40_000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('every state', () => {
  it.each(themeNames)('passes axe in %s, and breaks no content policy', async (theme) => {
    const { page, complaints } = await openPage();
    const findings: string[] = [];
    for (const scene of sceneNames) {
      await showScene(page, scene, theme);
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() =>
        (window as unknown as { axe: typeof Axe }).axe.run(document, {
          resultTypes: ['violations'],
        }),
      );
      for (const { id, impact, nodes } of violations) {
        if (impact !== 'serious' && impact !== 'critical') continue;
        findings.push(
          `${scene}: ${id} (${impact}): ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
        );
      }
    }
    await page.close();
    expect(findings).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it.each([200, 380, 1100])('fits into %i px without scrolling sideways', async (width) => {
    const { page } = await openPage(width);
    const tooWide: string[] = [];
    for (const scene of sceneNames) {
      await showScene(page, scene);
      await openDetails(page);
      await settle(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) tooWide.push(`${scene}: ${overflow} px`);
    }
    await page.close();
    expect(tooWide).toEqual([]);
  });

  it('moves nothing for readers who want no motion', async () => {
    const { page } = await openPage();
    await showScene(page, 'waiting');
    expect(await page.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.close();
  });

  it('sends only what the contract knows, whatever is clicked', async () => {
    const { page, complaints } = await openPage();
    const types = new Set<string>();
    for (const scene of sceneNames) {
      await showScene(page, scene);
      await openDetails(page);
      await page.evaluate(async () => {
        for (const button of [
          ...document.querySelectorAll<HTMLElement>('main button, .banner button'),
        ].reverse()) {
          // A click may lead to another section; what has gone with the old one is not clicked.
          if (!button.isConnected) continue;
          button.click();
          await new Promise((done) => requestAnimationFrame(done));
        }
      });
      for (const { type } of await sent(page)) types.add(type);
    }
    await page.close();
    expect(complaints).toEqual([]);
    const all = panelCommandSchema.options.map((option) => option.shape.type.value);
    // Links are not buttons; they have their own test below.
    expect([...types].sort()).toEqual(all.filter((type) => type !== 'openExternal').sort());
  }, 180_000);
});

describe('a hostile model', () => {
  it('can load, run and navigate nothing', async () => {
    const { page, complaints } = await openPage();
    await showScene(page, 'hostile');
    await openDetails(page);
    await settle(page);
    const answerText = page.locator('.answer-text');
    expect(
      await answerText
        .locator('img, script, iframe, svg, form, style, object, [style], [onerror], [onclick], [href]')
        .count(),
    ).toBe(0);
    expect(await page.evaluate(() => 'hostile' in window)).toBe(false);

    const links = await answerText.getByRole('link').all();
    for (const link of links) {
      await link.click();
      await link.click({ button: 'middle' });
      await link.press('Enter');
    }
    const opened = (await sent(page)).filter(({ type }) => type === 'openExternal');
    expect(opened).toEqual(
      ['https://example.com/path?q=1', 'https://example.com/auto'].flatMap((url) => [
        { type: 'openExternal', url },
        { type: 'openExternal', url },
      ]),
    );
    for (const tab of ['Health', 'Failover']) await page.getByRole('tab', { name: tab }).click();
    await settle(page);
    expect(page.url()).toContain('scene=hostile');
    expect(await page.evaluate(() => 'hostile' in window)).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('would have done so without our defences', async () => {
    const { page, complaints } = await openPage();
    await page.goto('about:blank');
    await page.evaluate((html) => {
      document.body.innerHTML = html;
    }, hostileAnswer);
    await expect.poll(() => page.evaluate(() => 'hostile' in window)).toBe(true);
    expect(complaints.some((complaint) => complaint.includes('evil.example'))).toBe(true);
    await page.close();
  });
});

describe('the keyboard', () => {
  it('moves between sections with the arrow keys', async () => {
    const { page } = await openPage();
    await showScene(page, 'failovers');
    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Task');
    await page.keyboard.press('ArrowRight');
    expect(await focusedText(page)).toBe('Health');
    await page.getByRole('heading', { name: 'Health' }).waitFor();
    await page.keyboard.press('End');
    await page.getByRole('table', { name: 'Failovers' }).waitFor();
    await page.keyboard.press('ArrowRight');
    expect(await focusedText(page)).toBe('Task');
    await page.keyboard.press('ArrowLeft');
    expect(await focusedText(page)).toBe('Failover');
    await page.keyboard.press('Home');
    await page.getByRole('tab', { name: 'Task', selected: true }).waitFor();
    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Route Task…');
    // Keys that come faster than frames.
    await page.getByRole('tab', { name: 'Task' }).focus();
    await page.evaluate(() => {
      const press = (): unknown =>
        document.activeElement?.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }),
        );
      press();
      press();
    });
    expect(await focusedText(page)).toBe('Failover');
    await page.close();
  });

  it('reaches every control, each with a visible focus', async () => {
    for (const scene of ['finished', 'noRoute', 'health', 'failoverTable', 'disconnected'] as const) {
      const { page } = await openPage(1100);
      await showScene(page, scene);
      const wanted = await page.evaluate(() => {
        const all = document.querySelectorAll('button, select, summary, [role=link], pre, [tabindex="0"]');
        const seen = [...all].filter(
          (element) => element.checkVisibility() && element.getAttribute('tabindex') !== '-1',
        );
        seen.forEach((element, index) => element.setAttribute('data-stop', String(index)));
        return seen.length;
      });
      const reached = new Set<string>();
      for (let step = 0; step < wanted; step++) {
        await page.keyboard.press('Tab');
        const { stop, isVisible } = await page.evaluate(() => {
          const element = document.activeElement;
          const style = element === null ? null : getComputedStyle(element);
          return {
            stop: element?.getAttribute('data-stop') ?? 'none',
            isVisible: style !== null && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
          };
        });
        expect(isVisible, `${scene}: stop ${stop}`).toBe(true);
        reached.add(stop);
      }
      expect(reached.has('none')).toBe(false);
      expect(reached.size).toBe(wanted);
      await page.close();
    }
  });

  it('opens the menu of other routes, picks one, and comes back on Escape', async () => {
    const { page } = await openPage();
    await showScene(page, 'finished');
    const opener = page.getByRole('button', { name: 'Retry on…' });
    await opener.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => focusedText(page)).toContain('Another route');
    await page.keyboard.press('Escape');
    await expect.poll(() => focusedText(page)).toBe('Retry on…');
    await page.keyboard.press('Enter');
    await expect.poll(() => focusedText(page)).toContain('Another route');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect((await sent(page)).at(-1)).toEqual({
      type: 'retryOn',
      taskId: 't3',
      route: 'local/qwen3-coder:30b',
    });
    expect(await page.getByRole('menu').isVisible()).toBe(false);
    await page.close();
  });

  it('keeps its place when Cancel gives way to what follows', async () => {
    const { page } = await openPage();
    await showScene(page, 'streaming');
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    await settle(page);
    expect((await sent(page)).at(-1)).toEqual({ type: 'cancel', taskId: 't3' });
    expect(await focusedText(page)).toBe('Cancelling…');
    await sendEvents(page, 2, { type: 'outcome', taskId: 't3', outcome: outcome({ status: 'cancelled' }) });
    expect(await focusedText(page)).toBe('Copy');
    await page.close();
  });
});

describe('messages', () => {
  it('shows the whole decision before the first token', async () => {
    const { page } = await openPage(1100);
    await showScene(page, 'waiting');
    const card = page.getByRole('region', { name: 'Chosen route' });
    for (const text of ['Claude Sonnet 4.5', '9.4 s', '$0.021', 'qwen3-coder:30b', 'maxCostPerTaskUsd']) {
      expect(await card.textContent()).toContain(text);
    }
    expect(await page.getByRole('table', { name: 'Candidates' }).isVisible()).toBe(true);
    expect(await page.locator('.answer-text').count()).toBe(0);
    await page.close();
  });

  it('drops the text on a restart, says so aloud, and asks again when an event is missing', async () => {
    const { page } = await openPage();
    await showScene(page, 'failoverRestart');
    expect(await page.locator('.answer-text').textContent()).not.toContain('This will be dropped.');
    expect(await page.locator('[aria-live=polite]').last().textContent()).toContain('answers from the start');
    await sendEvents(page, 40, { type: 'delta', taskId: 't3', text: 'lost' });
    await sendEvents(page, 41, { type: 'delta', taskId: 't3', text: 'lost' });
    expect((await sent(page)).filter(({ type }) => type === 'ready')).toHaveLength(2);
    expect(await page.locator('.answer-text').textContent()).not.toContain('lost');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    expect((await sent(page)).filter(({ type }) => type === 'ready')).toHaveLength(3);
    await page.close();
  });

  it('shows an unknown price as unknown, and a local one as free', async () => {
    const { page } = await openPage();
    await showScene(page, 'unknownCost');
    expect(await page.locator('.facts').textContent()).toMatch(/Expected cost\s*unknown/);
    expect(await page.locator('.outcome').textContent()).toContain('cost unknown');
    expect(await page.locator('main').textContent()).not.toContain('$0');
    await showScene(page, 'demo');
    expect(await page.locator('.outcome').textContent()).toContain('free (local)');
    await page.close();
  });
});

/** About a megabyte of each kind of text that could make a careless panel slow. */
const longAnswers = {
  'mixed markdown': answer.repeat(Math.ceil(1_000_000 / answer.length)),
  'one block of code': `\`\`\`ts\n${'const value = compute(previous, next);\n'.repeat(26_000)}\`\`\`\n`,
  'one paragraph': 'word *and* `code` and [link](https://example.com) '.repeat(20_000),
} as const;
const deltas = 10_000;

interface StreamTimes {
  /** Processor time of the longest task and of all tasks of the page's thread, in ms: no other process counts. */
  readonly longestTaskMs: number;
  readonly allTasksMs: number;
  /** Median time between two turns of the page's loop in the second and in the last tenth of the stream, in ms. */
  readonly earlyMs: number;
  readonly lateMs: number;
}

/** Sends `text` in deltas, about as fast as the page can take them in. */
async function stream(page: Page, text: string): Promise<StreamTimes> {
  await browser.startTracing(page, {
    categories: ['-*', 'toplevel', 'disabled-by-default-devtools.timeline'],
  });
  const medians = await page.evaluate(
    async ([whole, count]) => {
      const { harness } = window as unknown as { harness: Harness };
      const size = Math.ceil(whole.length / count);
      const gaps: number[][] = Array.from({ length: 10 }, () => []);
      let previousMs = performance.now();
      for (let index = 0; index < count; index++) {
        const delta = whole.slice(index * size, (index + 1) * size);
        harness.send({
          type: 'event',
          event: { seq: index + 1, event: { type: 'delta', taskId: 't3', text: delta } },
        });
        if (index % 8 !== 7) continue;
        await new Promise((done) => setTimeout(done));
        const nowMs = performance.now();
        gaps[Math.floor((index * 10) / count)]?.push(nowMs - previousMs);
        previousMs = nowMs;
      }
      const median = (list: number[] = []): number =>
        list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
      return { earlyMs: median(gaps[1]), lateMs: median(gaps[9]) };
    },
    [text, deltas] as const,
  );
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const thread = trace.traceEvents.find(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const tasks = trace.traceEvents
    .filter(({ name, pid, tid }) => name === 'RunTask' && pid === thread?.pid && tid === thread.tid)
    .map(({ tdur = 0 }) => tdur / 1_000);
  return {
    ...medians,
    longestTaskMs: Math.max(...tasks),
    allTasksMs: tasks.reduce((sum, task) => sum + task, 0),
  };
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time in µs. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Ends the task and returns the answer's HTML once all of it is shown. */
async function shownAnswer(page: Page, seq: number): Promise<string> {
  await sendEvents(page, seq, { type: 'outcome', taskId: 't3', outcome: outcome() });
  await page.locator('.answer-text:not(.is-streaming)').waitFor();
  return page.locator('.answer-text').innerHTML();
}

describe('a megabyte in ten thousand deltas', () => {
  it.each(Object.keys(longAnswers) as (keyof typeof longAnswers)[])(
    'of %s keeps the page responsive',
    async (kind) => {
      const text = longAnswers[kind];
      const { page, complaints } = await openPage();
      await showScene(page, 'waiting');
      const { longestTaskMs, allTasksMs, earlyMs, lateMs } = await stream(page, text);
      const streamed = await shownAnswer(page, deltas + 1);
      const buttons = await page.locator('[data-code-action=copy]').count();

      await showScene(page, 'waiting');
      await sendEvents(page, 1, { type: 'delta', taskId: 't3', text });
      const shown = await shownAnswer(page, 2);
      await page.close();

      // How the text arrived makes no difference to what is shown, and nothing of it is missing.
      expect(streamed === shown).toBe(true);
      expect(buttons).toBe(codeBlocks(text).length);
      expect(complaints).toEqual([]);
      // Relative to the work as a whole, so that a slow machine passes and a slow panel doesn't: no delta may cost a
      // good part of the whole, and a late one no more than an early one.
      expect(longestTaskMs).toBeLessThan(Math.max(100, allTasksMs / 8));
      expect(lateMs).toBeLessThan(earlyMs * 4 + 16);
    },
  );
});
