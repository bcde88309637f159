/** What the panel in a real Chromium makes of the messages it gets: what it shows first, folds away, drops and asks for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PanelSite, focusedText, sendEvents, sent, settle } from '../support/panel-site.ts';

let site: PanelSite;

beforeAll(async () => {
  site = await PanelSite.start();
});

afterAll(() => site.close());

describe('messages', () => {
  it('shows the whole decision before the first token', async () => {
    const { page } = await site.openPage(1100);
    await site.showScene(page, 'waiting');
    const card = page.getByRole('region', { name: 'Chosen route' });
    for (const text of ['Claude Sonnet 4.5', '9.4 s', '$0.021', 'qwen3-coder:30b', 'maxCostPerTaskUsd']) {
      expect(await card.textContent()).toContain(text);
    }
    expect(await card.getByText('Runner-up').isVisible()).toBe(true);
    expect(await page.getByRole('table', { name: 'Candidates' }).isVisible()).toBe(true);
    expect(await page.locator('.answer-text').count()).toBe(0);
    await page.close();
  });

  it('gives the room to the answer once it has begun, and unfolds the reasons when they are asked for', async () => {
    // As narrow and low as a panel beside the code is.
    const { page } = await site.openPage(450, 660);
    await site.showScene(page, 'finished');
    const details = page.locator('.card-details');
    expect((await details.locator(':scope > summary').innerText()).trim()).toBe(
      'Expected: 9.4 s, $0.021, quality 0.94; runner-up qwen3-coder:30b',
    );
    expect(await details.getByText('Objective').isVisible()).toBe(false);
    const answerTop = (await page.locator('.answer-text').boundingBox())?.y ?? Infinity;
    const barTop = (await page.getByRole('group', { name: 'Outcome and actions' }).boundingBox())?.y ?? 0;
    // Its first lines stand above the bar, below a card with a setting that shaped the choice.
    expect(answerTop).toBeLessThan(barTop - 40);
    await site.showScene(page, 'explained');
    for (const text of ['Objective', 'What would change this', 'would be chosen']) {
      expect(await details.getByText(text).first().isVisible()).toBe(true);
    }
    expect(await page.getByRole('table', { name: 'Candidates' }).isVisible()).toBe(true);
    await details.locator(':scope > summary').click();
    await settle(page);
    expect(await details.getByText('Objective').isVisible()).toBe(false);
    await page.close();
  });

  it('keeps the keyboard when what had it is folded away by the answer', async () => {
    const { page } = await site.openPage(450, 660);
    await site.showScene(page, 'waiting');
    await page.locator('.flips summary').focus();
    await sendEvents(page, 1, { type: 'delta', taskId: 't3', text: 'The answer.' });
    expect(await focusedText(page)).toContain('Expected: 9.4 s');
    await page.close();
  });

  it('lists few routes of a crowded node, those in use first, and all of them on demand', async () => {
    const { page } = await site.openPage();
    await site.showScene(page, 'healthCrowded');
    const rows = page.locator('.health-table tbody').first().locator('.route-row:has(.route-name)');
    expect(await rows.count()).toBe(8);
    expect(await rows.first().textContent()).toContain('Model 41');
    await page.getByRole('button', { name: 'Show all 55 routes' }).press('Enter');
    await settle(page);
    expect(await rows.count()).toBe(55);
    expect(await focusedText(page)).toBe('Show 8 only');
    await page.close();
  });

  it('drops the text on a restart, says so aloud, and asks again when an event is missing', async () => {
    const { page } = await site.openPage();
    await site.showScene(page, 'failoverRestart');
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
    const { page } = await site.openPage();
    await site.showScene(page, 'unknownCost');
    expect(await page.locator('.facts').textContent()).toMatch(/Expected cost\s*unknown/);
    expect(await page.locator('.outcome').textContent()).toContain('cost unknown');
    expect(await page.locator('main').textContent()).not.toContain('$0');
    await site.showScene(page, 'demo');
    expect(await page.locator('.outcome').textContent()).toContain('free (local)');
    await page.close();
  });
});
