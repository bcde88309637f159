/** What editors are told of many calls, and when. */
import { keptTasks, type RouterEvent } from '@task-router/protocol';
import { describe, expect, it } from 'vitest';
import { decisionRecord, outcomeRecord } from '../../../../test/support/stored-records.ts';
import { taskSample } from '../../../../test/support/wire-samples.ts';
import { createLogger } from '../../platform/logger.ts';
import { systemClock } from '../../platform/clock.ts';
import { outcomeView } from '../views/history-view.ts';
import { OutsideNews } from './outside-news.ts';

const log = createLogger({ sink: () => undefined, clock: systemClock, redact: String });

function newsRoom({ isHeard = true, committed = () => Promise.resolve() } = {}) {
  const told: RouterEvent[] = [];
  const news = new OutsideNews({
    ...{ log, store: { committed }, isHeard: () => isHeard },
    tell: (event) => told.push(event),
  });
  return { news, told };
}

function begin(news: OutsideNews, taskId: string): void {
  news.emit({ type: 'taskStarted', task: taskSample({ taskId, title: taskId }) });
  news.decided({ ...decisionRecord(`d-${taskId}`), taskId });
}

function end(news: OutsideNews, taskId: string): void {
  news.emit({ type: 'outcome', taskId, outcome: outcomeView(outcomeRecord(`d-${taskId}`), null) });
}

const begun = (told: readonly RouterEvent[]) =>
  told.flatMap((event) => (event.type === 'taskStarted' ? [event.task.taskId] : []));

describe('news of other tools', () => {
  it('come by themselves, in order, with the card', async () => {
    const { news, told } = newsRoom();
    begin(news, 't1');
    end(news, 't1');
    await expect.poll(() => told.map(({ type }) => type)).toEqual(['taskStarted', 'decision', 'outcome']);
    expect(told[1]).toMatchObject({ taskId: 't1', decision: { decisionId: 'd-t1' } });
  });

  it('leave out the oldest of more brief calls than a window keeps, and no other call', async () => {
    const { news, told } = newsRoom();
    begin(news, 'under way');
    for (let n = 0; n < keptTasks + 10; n += 1) {
      begin(news, `brief ${n}`);
      end(news, `brief ${n}`);
    }
    await news.flush();
    const newest = Array.from({ length: keptTasks }, (_, n) => `brief ${n + 10}`);
    expect(begun(told)).toEqual(['under way', ...newest]);
    // What was told to have begun is told to have ended.
    end(news, 'under way');
    await news.flush();
    expect(told.at(-1)).toMatchObject({ type: 'outcome', taskId: 'under way' });
  });

  it('wait until the decision is committed, and keep their order meanwhile', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { news, told } = newsRoom({ committed: () => gate.promise });
    begin(news, 't1');
    const first = news.flush();
    end(news, 't1');
    const second = news.flush();
    expect(told).toEqual([]);
    gate.resolve(undefined);
    await Promise.all([first, second]);
    expect(told.map(({ type }) => type)).toEqual(['taskStarted', 'decision', 'outcome']);
  });

  it('of ended calls are gone with the history, and of running ones are not', async () => {
    const { news, told } = newsRoom();
    begin(news, 'over');
    end(news, 'over');
    begin(news, 'running');
    news.forget();
    await news.flush();
    expect(begun(told)).toEqual(['running']);
  });

  it('carry no text, and are not gathered for nobody', async () => {
    const { news, told } = newsRoom();
    news.emit({ type: 'delta', taskId: 't1', text: 'secret' });
    await news.flush();
    const alone = newsRoom({ isHeard: false });
    begin(alone.news, 't1');
    await alone.news.flush();
    expect([told, alone.told]).toEqual([[], []]);
  });
});
