/** Processes of the bench: each was started here, is asked to end when its figures are in, and never outlives the run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection, type Target } from './client.ts';
import { requestBody } from './wire-format.ts';

const answerWithinMs = 30_000;
const endWithinMs = 5_000;

/** Its output is for the bench, its errors for whoever runs it. */
export function startNode(
  args: readonly string[],
  env: Record<string, string> = { PATH: process.env['PATH'] ?? '' },
): ChildProcess {
  return spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
}

/** What a program says first. Rejects when it ends without a word. */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('a program without output');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
  if (line === undefined) throw new Error(`a program ended with ${child.exitCode} before it was ready`);
  return line;
}

/** Ends a program that we started: politely, then for certain. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.stdin?.end();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  await closed;
  clearTimeout(timer);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks until there is an answer. Rejects with the last reason when there is none. */
export async function untilAnswered(target: Target, model: string): Promise<void> {
  const body = requestBody({ model, stream: null, nonce: 'First', pastedChars: 0 });
  const startedAtMs = performance.now();
  for (;;) {
    try {
      const connection = await Connection.open(target);
      await connection.send(body).finally(() => connection.close());
      return;
    } catch (error) {
      if (performance.now() - startedAtMs > answerWithinMs) throw error;
      await pause(10);
    }
  }
}
