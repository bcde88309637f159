/**
 * Gives memory back in quiet moments. V8 keeps the room that a burst of work took for the next one, and looks for garbage
 * only while there is work: a daemon that answered 64 tools at once for some seconds would hold that memory for days. So
 * after half a minute in which nothing ran, all garbage is collected and the room goes back to the system, where that is
 * worth it. It takes about a tenth of a second, which is why nothing may be running.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface QuietMemoryOptions {
  /** Whether somebody waits for an answer. */
  readonly isBusy: () => boolean;
  readonly everyMs?: number;
  readonly collect?: () => void;
}

/** So long nothing must have happened. */
const quietMs = 30_000;
/** The event loop was at work for less than this share of it. */
const quietShare = 0.02;
/** So much more than after the last time is worth a collection. */
const worthBytes = 12 * 1024 * 1024;

/** Looks after itself until it is stopped by the function it answers; keeps no process alive. */
export function giveBackWhenQuiet(options: QuietMemoryOptions): () => void {
  const { isBusy, everyMs = quietMs, collect = collectGarbage } = options;
  let seen = performance.eventLoopUtilization();
  // The first time always: half of what a start takes is garbage.
  let keptBytes = -Infinity;
  const timer = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(seen);
    seen = performance.eventLoopUtilization();
    const isQuiet = !isBusy() && utilization < quietShare;
    if (!isQuiet || getHeapStatistics().total_heap_size < keptBytes + worthBytes) return;
    collect();
    keptBytes = getHeapStatistics().total_heap_size;
    seen = performance.eventLoopUtilization();
  }, everyMs).unref();
  return () => clearInterval(timer);
}

/** The only collection that also gives back room. V8 has it for tests, behind a flag that new contexts look at. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (wish: Readonly<Record<string, string>>) => void;
  // Else the code that Node keeps on disk would be taken for that of another kind of process.
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
