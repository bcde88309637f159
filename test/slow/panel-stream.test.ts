/** The panel in a real Chromium: that a very long answer keeps the page responsive, and is shown whole. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '@task-router/protocol/answer';
import { answer } from '../../webview/dev/answer-sample.ts';
import type { Harness } from '../../webview/dev/harness.ts';
import { outcome } from '../../webview/dev/samples.ts';
import { PanelSite, sendEvents } from '../support/panel-site.ts';

let site: PanelSite;

beforeAll(async () => {
  site = await PanelSite.start();
});

afterAll(() => site.close());

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
  await site.browser.startTracing(page, {
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
  const trace = JSON.parse((await site.browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
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
      const { page, complaints } = await site.openPage();
      await site.showScene(page, 'waiting');
      const { longestTaskMs, allTasksMs, earlyMs, lateMs } = await stream(page, text);
      const streamed = await shownAnswer(page, deltas + 1);
      const buttons = await page.locator('[data-code-action=copy]').count();

      await site.showScene(page, 'waiting');
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
