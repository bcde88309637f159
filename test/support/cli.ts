/**
 * Runs the real `task-router` program as a process of its own, in a home of its own, and reads what it prints. Each
 * process that was started is ended by `dispose`; nobody else's is touched.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compiledCache } from './compiled-cache.ts';

/** The program, as source. */
export const main = new URL('../../daemon/src/main.ts', import.meta.url).pathname;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output's lines as JSON, for `--json`. */
  events(): readonly CliEvent[];
}

export interface CliEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
  /** Resolves with the first line for which `matches` holds. */
  line(matches: (line: string) => boolean): Promise<string>;
}

export class CliHome {
  readonly home = mkdtempSync(join(tmpdir(), 'task-router-cli-'));
  protected readonly env: Readonly<Record<string, string>>;
  readonly #running = new Set<ChildProcess>();

  constructor(env: Record<string, string> = {}) {
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      TASK_ROUTER_HOME: this.home,
      NODE_COMPILE_CACHE: compiledCache,
      ...env,
    };
  }

  /** `maxFileKb`: what the system lets any of its files grow to, as a full disk would. */
  start(
    args: readonly string[],
    options: {
      readonly folder?: string;
      readonly maxFileKb?: number;
      readonly env?: Record<string, string>;
    } = {},
  ): RunningCli {
    const command = [process.execPath, main, ...args];
    const limited = ['bash', '-c', `ulimit -f ${options.maxFileKb ?? 0}; exec "$@"`, 'bash', ...command];
    const [program = '', ...rest] = options.maxFileKb === undefined ? command : limited;
    const child = spawn(program, rest, {
      cwd: options.folder ?? this.home,
      env: { ...this.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => (stdout += `${line}\n`));
    const result = once(child, 'close').then(([code]: unknown[]) => {
      this.#running.delete(child);
      return cliResult(code as number | null, stdout, stderr);
    });
    const line = (matches: (line: string) => boolean): Promise<string> =>
      new Promise((resolve, reject) => {
        lines.on('line', (each) => {
          if (matches(each)) resolve(each);
        });
        lines.once('close', () => {
          reject(new Error(`ended without that line: ${stdout}${stderr}`));
        });
      });
    return { process: child, result, line };
  }

  /**
   * The same in a terminal of its own, made by `script` of util-linux. `answers` are typed once the text before each of them
   * was printed. What the terminal got is the result's standard output, control sequences and all.
   */
  async onTerminal(
    args: readonly string[],
    {
      columns,
      answers = [],
      env = {},
    }: {
      readonly columns: number;
      readonly answers?: readonly { readonly after: string; readonly type: string }[];
      readonly env?: Record<string, string>;
    },
  ): Promise<Omit<CliResult, 'events'>> {
    const words = [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const command = `stty cols ${columns} rows 200; exec ${words.join(' ')}`;
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd: this.home,
      env: { ...this.env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    const waiting = [...answers];
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      const [next] = waiting;
      if (next === undefined || !stdout.includes(next.after)) return;
      waiting.shift();
      child.stdin.write(next.type);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    this.#running.delete(child);
    return { code, stdout: stdout.replaceAll('\r\n', '\n'), stderr };
  }

  run(args: readonly string[], options: { readonly folder?: string } = {}): Promise<CliResult> {
    return this.start(args, options).result;
  }

  async dispose(): Promise<void> {
    await Promise.all(
      [...this.#running].map(async (child) => {
        const closed = once(child, 'close');
        child.kill('SIGTERM');
        await closed;
      }),
    );
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function cliResult(code: number | null, stdout: string, stderr: string): CliResult {
  const lines = () => stdout.split('\n').filter(Boolean);
  return { code, stdout, stderr, events: () => lines().map((line) => JSON.parse(line) as CliEvent) };
}

/** The events of this type, in order. */
export function only(events: readonly CliEvent[], type: string): CliEvent[] {
  return events.filter((event) => event.type === type);
}

/** What the answer says, as far as these events tell it. */
export function textOf(events: readonly CliEvent[]): string {
  return only(events, 'delta')
    .map((event) => String(event['text']))
    .join('');
}

/** Whether this machine can give a program a terminal, as `onTerminal` needs it. */
export const hasTerminals = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;

export interface DemoServerLine {
  readonly id: string;
  readonly pid: number;
  readonly url: string;
  readonly controlUrl: string;
  readonly controlToken: string;
}

/** `task-router demo --json` in the same home; resolves when all three servers listen. */
export async function startDemo(
  cli: CliHome,
): Promise<{ servers: readonly DemoServerLine[]; stop: () => Promise<void> }> {
  const running = cli.start(['demo', '--json']);
  const servers: DemoServerLine[] = [];
  await running.line((line) => {
    servers.push(JSON.parse(line) as DemoServerLine);
    return servers.length === 3;
  });
  return {
    servers,
    async stop() {
      running.process.kill('SIGTERM');
      await running.result;
    },
  };
}

/** Plans faults for a server's next answers. */
export async function setFaults(server: DemoServerLine, faults: readonly object[]): Promise<void> {
  const response = await fetch(`${server.controlUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-demo-control-token': server.controlToken },
    body: JSON.stringify({ action: 'replace', faults }),
  });
  if (!response.ok) throw new Error(`the demo server refused the faults: ${await response.text()}`);
}
