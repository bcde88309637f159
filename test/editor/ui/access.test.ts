/**
 * The panel for everyone: it can be reached and worked with the keyboard alone, axe finds nothing serious in it in any
 * theme, and it fits into a narrow column.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Frame, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../host/until.ts';
import { setTheme } from '../host/workbench.ts';
import { Panel } from './support/panel.ts';
import { picture } from './support/pictures.ts';
import { useStage } from './support/stage.ts';
import { openSource, selectLines } from './support/text-editor.ts';

const stage = useStage();
const paletteInput = '.quick-input-widget .quick-input-box input';

/** As `runCommand`, without the mouse. */
async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = page.locator(paletteInput);
  await input.fill(`>${title}`);
  await page.locator(`.quick-input-list .monaco-list-row.focused[aria-label^="${title}"]`).waitFor();
  await input.press('Enter');
}

/** The panel's page itself, for what goes on inside it. */
async function pageOf(panel: Panel): Promise<Frame> {
  const body = await panel.frame.locator('body').elementHandle();
  const frame = await body?.ownerFrame();
  if (frame == null) throw new Error('The panel has no page.');
  return frame;
}

interface Stop {
  readonly name: string;
  readonly role: string;
  readonly hasRing: boolean;
}

/** Where the keyboard is in the panel. */
async function focused(frame: Frame): Promise<Stop | undefined> {
  return frame.evaluate(() => {
    const active = document.activeElement;
    if (!(active instanceof HTMLElement) || active === document.body || !document.hasFocus())
      return undefined;
    const style = getComputedStyle(active);
    return {
      name: (active.getAttribute('aria-label') ?? active.innerText).replaceAll(/\s+/g, ' ').trim(),
      role: active.getAttribute('role') ?? active.localName,
      hasRing: style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0,
    };
  });
}

/** Tabs on until the focus is on `name`, and returns every stop on the way. */
async function tabTo(page: Page, frame: Frame, name: string): Promise<Stop[]> {
  const stops: Stop[] = [];
  for (let presses = 0; presses < 40; presses += 1) {
    const stop = await focused(frame);
    if (stop !== undefined) stops.push(stop);
    if (stop?.name.startsWith(name) === true) return stops;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${name} was not reached: ${stops.map((stop) => stop.name).join(', ')}`);
}

it('routes a task, reads the answer and grades it without the mouse', async () => {
  const { page } = stage;
  await openSource(page, 'src/cart.ts');
  await selectLines(page, 9, 11);
  await command(page, 'Task Router: Route Task');
  await page.locator('.quick-input-widget .quick-input-message').getByText('lines 9–11').waitFor();
  await page.locator(paletteInput).fill('Write tests for this');
  await page.keyboard.press('Enter');
  const panel = await Panel.on(page);
  await panel.ended('Answered');
  const frame = await pageOf(panel);
  // Routing leaves the keyboard in the editor.
  expect(await focused(frame)).toBeUndefined();

  await command(page, 'Task Router: Open Panel');
  await until('the keyboard in the panel', 10_000, () => frame.evaluate(() => document.hasFocus()));
  const stops = await tabTo(page, frame, 'Bad');
  const names = stops.map(({ name }) => name);
  const inOrder = [
    'Task',
    'Route Task…',
    'Candidates',
    'Copy',
    'Insert',
    'Replace',
    'Retry on…',
    'Good',
    'Bad',
  ];
  const places = inOrder.map((name) => names.findIndex((found) => found.startsWith(name)));
  expect(places, names.join(', ')).toEqual(places.toSorted((a, b) => a - b));
  expect(places, names.join(', ')).not.toContain(-1);
  expect(stops.filter(({ name, hasRing }) => name === '' || !hasRing)).toEqual([]);

  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Space');
  await panel.bar.getByRole('button', { name: 'Good', pressed: true }).waitFor();
  expect((await focused(frame))?.name).toBe('Good');
});

it('opens its menu and changes its sections with the keys that menus and tabs have', async () => {
  const { page } = stage;
  const panel = await Panel.on(page);
  const frame = await pageOf(panel);
  await page.keyboard.press('Shift+Tab');
  expect((await focused(frame))?.name).toBe('Retry on…');
  await page.keyboard.press('Enter');
  await until('the first entry', 5_000, async () => (await focused(frame))?.role === 'menuitem');
  const first = await focused(frame);
  await page.keyboard.press('ArrowDown');
  expect((await focused(frame))?.name).not.toBe(first?.name);
  await picture(page, 'panel-retry');
  await page.keyboard.press('Escape');
  await until('the focus to come back', 5_000, async () => (await focused(frame))?.name === 'Retry on…');

  await panel.tab('Task').focus();
  for (const [key, name] of [
    ['ArrowRight', 'Health'],
    ['ArrowRight', 'Failover'],
    ['Home', 'Task'],
  ] as const) {
    await page.keyboard.press(key);
    await panel.frame.getByRole('tab', { name, selected: true }).waitFor();
    expect((await focused(frame))?.name).toBe(name);
  }
  // And back to the code.
  await page.keyboard.press('Control+1');
  await until('the keyboard in the editor', 5_000, async () => (await focused(frame)) === undefined);
});

it.each(['light', 'dark', 'high contrast', 'high contrast light'] as const)(
  'has nothing serious for axe in the %s theme',
  async (theme) => {
    const { page, editor } = stage;
    await setTheme(page, editor, theme);
    const panel = await Panel.on(page);
    const frame = await pageOf(panel);
    await frame.evaluate(
      await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
    );
    const findings: string[] = [];
    for (const section of ['Failover', 'Health', 'Task'] as const) {
      await panel.tab(section).click();
      await panel.frame.getByRole('tab', { name: section, selected: true }).waitFor();
      const { violations } = await frame.evaluate<AxeResults>(
        'axe.run(document, { resultTypes: ["violations"] })',
      );
      for (const { id, impact, nodes } of violations) {
        if (impact !== 'serious' && impact !== 'critical') continue;
        findings.push(`${section}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
      }
      if (section === 'Health' && theme === 'dark') await picture(page, 'panel-health');
    }
    const group = page.locator('.editor-group-container').last();
    await picture(page, `panel-${theme.replaceAll(' ', '-')}`, group);
    expect(findings).toEqual([]);
  },
);

it('fits into a narrow column', async () => {
  const { page, editor } = stage;
  await setTheme(page, editor, 'dark');
  await page.setViewportSize({ width: 760, height: 800 });
  const panel = await Panel.on(page);
  const frame = await pageOf(panel);
  for (const section of ['Failover', 'Health', 'Task'] as const) {
    await panel.tab(section).click();
    const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, section).toBeLessThanOrEqual(0);
  }
  await picture(page, 'panel-narrow');
});
