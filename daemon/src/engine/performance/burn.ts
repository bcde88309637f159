/**
 * Burn alert: are so many tasks failing for the developer (after every failover) that the objective is lost? Services
 * count over hours; one person has some hundred tasks a day, so it is the last fifty and, so that it is still going on,
 * the last ten.
 */
import { anomaly } from '../config/performance.ts';
import type { Alarm } from '../model/alarm.ts';

/** One ended task; cancelled ones are left out by the caller. */
export interface TaskEnd {
  readonly failed: boolean;
  readonly atMs: number;
}

/** @param ends newest first; only as many as the windows need are looked at */
export function burnAlarm(ends: readonly TaskEnd[], last: Alarm | null): Alarm | null {
  const { objective, rate, longTasks, shortTasks } = anomaly.burn;
  const [newest] = ends;
  if (newest === undefined || ends.length < longTasks) return null;
  if (last !== null && newest.atMs - last.atMs < anomaly.cooldownMs) return null;
  const burn = (tasks: number): number =>
    countFailed(ends, tasks) / Math.min(tasks, ends.length) / (1 - objective);
  const statistic = Math.min(burn(longTasks), burn(shortTasks));
  if (statistic < rate) return null;
  const failures = ends.slice(0, longTasks).filter(({ failed }) => failed);
  return {
    routeId: '',
    kind: 'burn',
    statistic,
    threshold: rate,
    observations: longTasks,
    sinceMs: failures.at(-1)?.atMs ?? newest.atMs,
    atMs: newest.atMs,
    evidence: `${failures.length} of the last ${longTasks} tasks failed on every route`,
    action: 'tell',
  };
}

/** Among the newest so many. */
function countFailed(ends: readonly TaskEnd[], tasks: number): number {
  let failed = 0;
  for (let at = 0; at < tasks; at++) if (ends[at]?.failed === true) failed += 1;
  return failed;
}
