/**
 * The panel in a real Chromium: that a hostile model can do nothing, that everything works from the keyboard, and that axe
 * finds nothing serious in any state and theme. The scenes are those of the harness in `webview/dev/`.
 */
import { readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { panelCommandSchema } from '@task-router/protocol';
import type * as Axe from 'axe-core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcome } from '../../webview/dev/samples.ts';
import { hostileAnswer } from '../../webview/dev/hostile.ts';
import { scenes, type SceneName } from '../../webview/dev/states.ts';
import themes from '../../webview/dev/themes.json' with { type: 'json' };
import {
  PanelSite,
  buildPanel,
  focusedText,
  openDetails,
  sendEvents,
  sent,
  settle,
} from '../support/panel-site.ts';

const sceneNames = Object.keys(scenes) as SceneName[];
const themeNames = Object.keys(themes);

let axeSource: string;
let site: PanelSite;

beforeAll(async () => {
  site = await PanelSite.start();
  axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

afterAll(() => site.close());

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
    const { page, complaints } = await site.openPage();
    const findings: string[] = [];
    for (const scene of sceneNames) {
      await site.showScene(page, scene, theme);
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
    const { page } = await site.openPage(width);
    const tooWide: string[] = [];
    for (const scene of sceneNames) {
      await site.showScene(page, scene);
      await openDetails(page);
      await settle(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) tooWide.push(`${scene}: ${overflow} px`);
    }
    await page.close();
    expect(tooWide).toEqual([]);
  });

  it('moves nothing for readers who want no motion', async () => {
    const { page } = await site.openPage();
    await site.showScene(page, 'waiting');
    expect(await page.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.close();
  });

  it('sends only what the contract knows, whatever is clicked', async () => {
    const { page, complaints } = await site.openPage();
    const types = new Set<string>();
    for (const scene of sceneNames) {
      await site.showScene(page, scene);
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
    const { page, complaints } = await site.openPage();
    await site.showScene(page, 'hostile');
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
    const { page, complaints } = await site.openPage();
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
    const { page } = await site.openPage();
    await site.showScene(page, 'failovers');
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
      const { page } = await site.openPage(1100);
      await site.showScene(page, scene);
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
    const { page } = await site.openPage();
    await site.showScene(page, 'finished');
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

  it('unfolds and folds what would change the choice, and says which it is', async () => {
    const { page } = await site.openPage(300);
    await site.showScene(page, 'waiting');
    const folded = page.locator('.flips');
    const summary = folded.locator('summary');
    await summary.focus();
    expect(await focusedText(page)).toBe('What would change this: quality, price and more');
    expect(await folded.locator('li').first().isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    await settle(page);
    expect(await folded.locator('li').first().isVisible()).toBe(true);
    // Chromium's own accessibility tree, which is what a screen reader is told.
    expect(await folded.ariaSnapshot()).toContain('list');
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Space');
    await settle(page);
    expect(await folded.locator('li').first().isVisible()).toBe(false);
    expect(await folded.ariaSnapshot()).not.toContain('list');
    await page.close();
  });

  it('keeps its place when Cancel gives way to what follows', async () => {
    const { page } = await site.openPage();
    await site.showScene(page, 'streaming');
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    await settle(page);
    expect((await sent(page)).at(-1)).toEqual({ type: 'cancel', taskId: 't3' });
    expect(await focusedText(page)).toBe('Cancelling…');
    await sendEvents(page, 2, { type: 'outcome', taskId: 't3', outcome: outcome({ status: 'cancelled' }) });
    expect(await focusedText(page)).toBe('Copy');
    await page.close();
  });
});
