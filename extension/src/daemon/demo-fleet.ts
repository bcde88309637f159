/**
 * The demo fleet as a child of this window: local scripted model servers that the daemon finds by itself. It lives as
 * long as the window: asked to end at the latest when the extension goes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { RouterError } from '@task-router/protocol';
import * as z from 'zod';
import { Emitter } from '../platform/emitter.ts';

export interface DemoFleetOptions {
  /** Makes sure that the daemon's program is in place and returns its entry file. */
  readonly installDaemon: () => Promise<string>;
  readonly execPath: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

const serverSchema = z.object({ id: z.string().max(100), pid: z.int(), url: z.string().max(2000) });
export type DemoServer = z.infer<typeof serverSchema>;
const failureSchema = z.object({ error: z.string().max(4000) });

const startWithinMs = 30_000;
const endWithinMs = 3_000;

/** The fleet needs its folders and nothing of the developer's secrets. */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|LANG|TZ|TMPDIR|TMP|TEMP|XDG_\w+|TASK_ROUTER_HOME|USERPROFILE|LOCALAPPDATA|APPDATA|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT)$/i;

export class DemoFleet {
  readonly #options: DemoFleetOptions;
  readonly #changed = new Emitter<undefined>();
  #child: ChildProcess | undefined;

  constructor(options: DemoFleetOptions) {
    this.#options = options;
  }

  readonly onDidChange = this.#changed.listen;

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /**
   * Settles when all servers answer. Starting a running fleet does nothing.
   * @throws RouterError `daemon.startFailed`
   */
  async start(): Promise<readonly DemoServer[]> {
    if (this.#child !== undefined) return [];
    const { execPath, environment, installDaemon, log } = this.#options;
    const entry = await installDaemon();
    const kept = Object.entries(environment).filter(([name]) => passedOn.test(name));
    const child = spawn(execPath, [entry, 'demo', '--json'], {
      // Its input is a pipe of ours, so it can notice when this process is gone.
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      env: { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1' },
    });
    this.#child = child;
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stderr }).on('line', (line) => log(`demo fleet: ${line}`));
    const ended = (): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#changed.fire(undefined);
    };
    child.once('exit', ended);
    child.once('error', ended);
    try {
      const servers = await whenReady(child);
      this.#changed.fire(undefined);
      return servers;
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Settles when the servers have ended. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const killer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
    child.kill();
    await ended;
    clearTimeout(killer);
  }

  /** Asks the fleet to end and does not wait. */
  dispose(): void {
    this.#child?.stdin?.end();
    this.#child?.kill();
    this.#changed.dispose();
  }
}

/** The command prints one line per server, all of them once all are ready. */
async function whenReady(child: ChildProcess): Promise<DemoServer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<DemoServer[]>();
  const servers: DemoServer[] = [];
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  let settle: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => reject(failed('The demo fleet did not start in time.')), startWithinMs);
  child.once('exit', () => reject(failed('The demo fleet has ended.')));
  child.once('error', (cause) => reject(failed('The demo fleet could not be started.', cause)));
  lines.on('line', (line) => {
    const message = parseLine(line);
    if (message === undefined) return;
    if ('error' in message) {
      reject(failed(message.error));
      return;
    }
    servers.push(message);
    // The lines come in one piece, so after this turn all of them are there.
    settle ??= setImmediate(() => resolve(servers));
  });
  return promise.finally(() => clearTimeout(timer));
}

function parseLine(line: string): DemoServer | z.infer<typeof failureSchema> | undefined {
  try {
    return z.union([serverSchema, failureSchema]).safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function failed(message: string, cause?: unknown): RouterError {
  return new RouterError('daemon.startFailed', message, { cause });
}
