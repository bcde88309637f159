/**
 * `task-router demo`: the fleet with each server in a process of its own, so that killing one pid is one server's
 * death. The processes end with this one, however it ends: each lives as long as the pipe to its standard input.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { demoProfiles, demoServerIds } from './profiles.ts';
import type { DemoServerId } from './profiles.ts';
import { demoServerCommand } from './server-process.ts';

export interface DemoCommandOptions {
  /** One JSON object a line per server, instead of the table. */
  readonly json: boolean;
  /** Ends the command and every server. */
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** Called once, when every server listens and before anything is written. */
  readonly onReady?: (servers: readonly DemoServerReady[]) => void;
  /** The program to start each server with: a file that hands `demo-server …` to `runDemoServerProcess`. */
  readonly entry: string;
  readonly seed?: number;
  readonly speed?: number;
  readonly ports?: Partial<Record<DemoServerId, number>>;
}

const readySchema = z.object({
  id: z.string(),
  pid: z.int(),
  url: z.string(),
  provider: z.enum(['openai-compatible', 'anthropic', 'ollama']),
  models: z.array(z.string()),
  controlUrl: z.string(),
  controlToken: z.string(),
});
/** What a server's process says about itself. */
export type DemoServerReady = z.infer<typeof readySchema>;

interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves when the process has ended, or never began. */
  readonly ended: Promise<void>;
}

/** A server that does not say where it listens by then has failed to start. */
const startWithinMs = 20_000;
/** A process that is told to end and does not within this time is killed. */
const endWithinMs = 2_000;

/**
 * Starts the three processes, says where they are, and stays until the signal aborts or all of them have ended.
 * Returns the exit code: 0, or 1 when a server could not be started; no process is left in either case.
 */
export async function runDemoCommand(options: DemoCommandOptions): Promise<number> {
  const { json, signal, write } = options;
  if (signal.aborted) return 0;
  const children = demoServerIds.map((id) => start(id, options));
  const ended = Promise.all(children.map((child) => child.ended));
  const aborted = once(signal, 'abort').then(
    () => 'aborted' as const,
    () => 'aborted' as const,
  );
  try {
    const started = await Promise.race([Promise.allSettled(children.map(whenReady)), aborted]);
    if (started === 'aborted') return 0;
    const ready = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (ready.length < started.length) {
      write(
        failure(
          started.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : [])),
          json,
        ),
      );
      return 1;
    }
    options.onReady?.(ready);
    write(json ? ready.map((server) => `${JSON.stringify(server)}\n`).join('') : table(ready));
    if (!json) children.forEach((child) => void announceEnd(child, options));
    await Promise.race([ended, aborted]);
    return 0;
  } finally {
    await Promise.all(children.map(end));
  }
}

function start(id: DemoServerId, { entry, seed, speed, ports }: DemoCommandOptions): Child {
  const given = { '--seed': seed, '--speed': speed, '--port': ports?.[id] };
  const extra = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [name, String(value)],
  );
  const child = spawn(process.execPath, [entry, demoServerCommand, '--id', id, ...extra], {
    stdio: ['pipe', 'pipe', 'inherit'],
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  // Writing to a process that has ended is seen as its end.
  child.stdin.on('error', () => undefined);
  return { process: child, ended };
}

async function whenReady({ process: child, ended }: Child): Promise<DemoServerReady> {
  const lines = createInterface({ input: child.stdout });
  const endedEarly = new AbortController();
  void ended.then(() => endedEarly.abort());
  try {
    const signal = AbortSignal.any([endedEarly.signal, AbortSignal.timeout(startWithinMs)]);
    const line: unknown[] = await once(lines, 'line', { signal });
    return readySchema.parse(JSON.parse(String(line[0])));
  } catch (cause) {
    throw new Error(`A server's process did not say where it listens (pid ${child.pid ?? 'none'}).`, {
      cause,
    });
  } finally {
    lines.close();
    child.stdout.resume();
  }
}

async function announceEnd(child: Child, { signal, write }: DemoCommandOptions): Promise<void> {
  await child.ended;
  if (!signal.aborted) write(`A demo server has ended (pid ${child.process.pid ?? 'none'}).\n`);
}

/** Closing its standard input is the request to end; a process that ignores it is killed. */
async function end({ process: child, ended }: Child): Promise<void> {
  child.stdin.end();
  const killer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  await ended;
  clearTimeout(killer);
}

function failure(reasons: readonly string[], json: boolean): string {
  const message = `The demo fleet could not be started. ${reasons.join(' ')}`;
  return json ? `${JSON.stringify({ error: message })}\n` : `${message}\n`;
}

function table(servers: readonly DemoServerReady[]): string {
  const rows = [
    ['server', 'provider', 'url', 'pid', 'models', 'manner'],
    ...servers.map(({ id, provider, url, pid, models }) => [
      id,
      provider,
      url,
      String(pid),
      models.join(', '),
      mannerOf(id),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
  return `Demo fleet: scripted servers, no real model. Every answer says so.\n\n${lines.join('\n')}\n\nCtrl+C ends all of them; ending one pid ends one server.\n`;
}

function mannerOf(id: string): string {
  const known = demoServerIds.find((candidate) => candidate === id);
  return known === undefined ? '' : demoProfiles[known].manner;
}
