/**
 * Runs VS Code's own server program: once to install an extension, and for as long as an editor lives to
 * serve it. `server-main.js` is used rather than code-server's wrapper because it takes the test driver's
 * flag directly, picks a free port itself and needs no second process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestHost } from './install.ts';

/** Kept of the output, for error messages. */
const OUTPUT_LIMIT = 64_000;
const POLL_MS = 50;

/** A started server program, the leader of its own process group. */
export interface ServerProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The last part of what it has printed. */
  output(): string;
}

/** Starts the program with `flags`; the caller ends its process group. */
export function startServer(
  host: TestHost,
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): ServerProcess {
  const child = spawn(host.nodePath, [host.serverMainPath, ...flags], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_LIMIT);
    });
  }
  if (child.pid === undefined) throw new Error(`${host.nodePath} could not be started.`);
  return { pid: child.pid, child, output: () => output };
}

/**
 * Waits until the server has named its port and answers there.
 * @returns `http://127.0.0.1:<port>`
 * @throws with the server's output when it ends, or stays silent for `patienceMs`.
 */
export async function serverOrigin(server: ServerProcess, patienceMs: number): Promise<string> {
  const deadlineMs = performance.now() + patienceMs;
  while (performance.now() < deadlineMs && server.child.exitCode === null) {
    const port = /Extension host agent listening on (\d+)/.exec(server.output())?.[1];
    if (port !== undefined) {
      const origin = `http://127.0.0.1:${port}`;
      const answer = await fetch(`${origin}/version`).catch(() => undefined);
      if (answer?.ok === true) return origin;
    }
    await delay(POLL_MS);
  }
  throw new Error(`VS Code's server did not start:\n${server.output()}`);
}

/**
 * Waits for the program's end.
 * @throws with its output when it fails or takes longer than `patienceMs`.
 */
export async function serverEnd(server: ServerProcess, patienceMs: number): Promise<void> {
  const ended: unknown = await Promise.race([
    once(server.child, 'close').then(([code]: unknown[]) => code),
    delay(patienceMs, 'timeout', { ref: false }),
  ]);
  if (ended !== 0) throw new Error(`VS Code's server program failed (${String(ended)}):\n${server.output()}`);
}
