/**
 * Runs the real `task-router` program as a process of its own, in a home of its own, and reads what it prints. Each
 * process that was started is ended by `dispose`; nobody else's is touched.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = new URL('../../daemon/src/main.ts', import.meta.url).pathname;
/** Each start reads hundreds of source files: what is compiled once serves all of them. Keyed by content and by Node's version. */
const compiled = new URL('../../node_modules/.cache/task-router-compiled', import.meta.url).pathname;

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
  readonly #env: Record<string, string>;
  readonly #running = new Set<ChildProcess>();

  constructor(env: Record<string, string> = {}) {
    this.#env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      TASK_ROUTER_HOME: this.home,
      NODE_COMPILE_CACHE: compiled,
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
      env: { ...this.#env, ...options.env },
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
      const events = () =>
        stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as CliEvent);
      return { code: code as number | null, stdout, stderr, events };
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
