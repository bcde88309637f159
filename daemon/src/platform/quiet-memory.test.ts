/** Memory that a burst took goes back once it is quiet, and never while somebody waits. */
import { getHeapStatistics } from 'node:v8';
import { expect, it, onTestFinished, vi } from 'vitest';
import { giveBackWhenQuiet } from './quiet-memory.ts';

const megabyte = 1024 * 1024;

it('gives back what a burst left behind', async () => {
  burst();
  const full = heapBytes();
  onTestFinished(giveBackWhenQuiet({ isBusy: () => false, everyMs: 300 }));
  await vi.waitUntil(() => heapBytes() < full - 12 * megabyte, { timeout: 20_000, interval: 100 });
});

it('waits as long as somebody waits for an answer, and collects once', async () => {
  let isBusy = true;
  let looks = 0;
  let collections = 0;
  const stop = giveBackWhenQuiet({
    isBusy() {
      looks += 1;
      return isBusy;
    },
    everyMs: 300,
    collect: () => (collections += 1),
  });
  onTestFinished(stop);
  await vi.waitUntil(() => looks >= 2, { timeout: 20_000, interval: 100 });
  expect(collections).toBe(0);
  isBusy = false;
  await vi.waitUntil(() => collections > 0, { timeout: 20_000, interval: 100 });
  const since = looks;
  await vi.waitUntil(() => looks >= since + 2, { timeout: 20_000, interval: 100 });
  expect(collections).toBe(1);
});

/** Takes room until the heap has grown for it: what came before may have left some that is free. */
function burst(): void {
  const wanted = heapBytes() + 24 * megabyte;
  const kept: object[] = [];
  while (heapBytes() < wanted) for (let at = 0; at < 10_000; at += 1) kept.push({ at, text: `${at}` });
}

function heapBytes(): number {
  return getHeapStatistics().total_heap_size;
}
