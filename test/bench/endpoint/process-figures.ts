/**
 * What a process used, read from outside, so that every subject is measured alike. From Linux's /proc; null elsewhere, and
 * the figures are missing then.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** Ticks of `utime` and `stime` a second; the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor time of all threads so far, in microseconds; resolution 10 ms. */
export function cpuUs(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name before it may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond;
}

/** Resident memory now, and at most since `forgetPeak`. */
export function memoryMb(pid: number): { readonly nowMb: number; readonly peakMb: number } | null {
  const status = read(`/proc/${pid}/status`);
  const kb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status ?? '')?.[1]);
  return status === null ? null : { nowMb: kb('VmRSS') / 1_024, peakMb: kb('VmHWM') / 1_024 };
}

/** Counts the peak from here on, where the system lets us. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The peak then includes the start.
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
