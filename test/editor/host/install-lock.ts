/**
 * A lock between processes, for installs into a shared folder: test workers start together, and only one may
 * run npm there. It is a Linux abstract socket that the holder listens on, because the kernel gives it to
 * exactly one process and takes it back when that process dies; a lock file would need its staleness judged,
 * which cannot be done without a race.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;
/** Longer than the slowest install seen (2 min) by a wide margin. */
const PATIENCE_MS = 15 * 60_000;

/**
 * Runs `action` while holding the lock called `name`, and gives it back even when `action` fails.
 * @throws when another process holds it for more than 15 minutes.
 */
export async function withInstallLock<T>(name: string, action: () => Promise<T>): Promise<T> {
  const address = `\0task-router-${createHash('sha256').update(name).digest('hex')}`;
  const deadlineMs = performance.now() + PATIENCE_MS;
  let holder = await tryTake(address);
  while (holder === undefined) {
    if (performance.now() > deadlineMs)
      throw new Error(`Another process has held the lock of ${name} for too long.`);
    await delay(POLL_MS);
    holder = await tryTake(address);
  }
  try {
    return await action();
  } finally {
    holder.close();
  }
}

async function tryTake(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(address);
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
