/**
 * Finds and ends everything that a test run has started, by the run's marker: its temp folder, which the
 * environment or the command line of each such process names. A process group alone would not do, because
 * Task Router's daemon leaves its group on purpose; and as the folder's random name belongs to this run
 * alone, no foreign process can be hit.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;
/** An extension host gives its extensions 5 s to deactivate. */
const GRACE_MS = 6_000;
const KILL_MS = 5_000;

/** A running process, as /proc shows it. */
export interface RunningProcess {
  readonly pid: number;
  /** The process group, which is the pid of its leader. */
  readonly group: number;
  readonly command: string;
}

/** Every live process, this one apart, whose environment or command line contains `marker`. */
export function processesOf(marker: string): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // A zombie has no command line left and waits for its parent only.
      if (command === '') continue;
      if (!command.includes(marker) && !readFileSync(`/proc/${entry}/environ`, 'utf8').includes(marker))
        continue;
      found.push({ pid, group: groupOf(readFileSync(`/proc/${entry}/stat`, 'utf8')), command });
    } catch {
      // It ended while we looked, or belongs to another user.
    }
  }
  return found;
}

/**
 * Ends every process that names `marker`, with its group where it leads one: first asked, then forced.
 * Returns when none is left.
 * @throws when some survive even SIGKILL.
 */
export async function endProcesses(marker: string): Promise<void> {
  signalAll(marker, 'SIGTERM');
  if (await allEnded(marker, GRACE_MS)) return;
  signalAll(marker, 'SIGKILL');
  if (await allEnded(marker, KILL_MS)) return;
  const rest = processesOf(marker).map(({ pid, command }) => `${String(pid)} ${command}`);
  throw new Error(`Processes survived SIGKILL:\n${rest.join('\n')}`);
}

/** Sends them all one signal, at once: also usable in an `exit` handler. */
export function signalAll(marker: string, signal: NodeJS.Signals): void {
  for (const { pid, group } of processesOf(marker)) {
    try {
      process.kill(pid === group ? -group : pid, signal);
    } catch {
      // Gone already, which is what we want.
    }
  }
}

async function allEnded(marker: string, patienceMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + patienceMs;
  while (processesOf(marker).length > 0) {
    if (performance.now() > deadlineMs) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** `/proc/<pid>/stat` is `pid (name) state parent group …`, and the name may hold blanks and brackets. */
function groupOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
