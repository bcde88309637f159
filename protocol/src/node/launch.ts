/**
 * Starts the daemon when none answers. Several clients may do this at the same moment: the leader lock lets one
 * of the processes stay, the others exit, and everyone connects to the one that stayed.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { RouterError } from '../index.ts';
import { connectToDaemon } from './connect.ts';
import type { Paths } from './paths.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LaunchOptions {
  /** The daemon's program. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** Node itself, or the editor's executable, which acts as Node. */
  readonly execPath: string;
  /** The client's environment, of which the daemon gets the few variables that it needs. */
  readonly env: Environment;
  /** Takes what the daemon prints outside its own log, for example when native code fails. */
  readonly outputFile: string;
  readonly compileCacheFolder: string;
}

export interface Launched {
  readonly pid: number;
  /** The exit code when the process has already ended, else null. Zero: another one holds the lock. */
  readonly exitCode: () => number | null;
}

export interface ConnectOrLaunchOptions {
  readonly paths: Paths;
  readonly launch: Omit<LaunchOptions, 'outputFile' | 'compileCacheFolder'>;
  readonly signal?: AbortSignal | undefined;
  /** From the start of the process to an open connection; default 5 s. */
  readonly timeoutMs?: number | undefined;
}

/** Printed output is for crashes; a file that has grown past this is started anew. */
const outputBytes = 1024 * 1024;
const pollMs = 25;

/** Connects to the running daemon, or starts one and connects. Rejects like `connectToDaemon`, or `daemon.startFailed`. */
export async function connectOrLaunch(options: ConnectOrLaunchOptions): Promise<WebSocket> {
  const { paths, signal, timeoutMs = 5_000 } = options;
  try {
    return await connectToDaemon({ paths, signal });
  } catch (error) {
    if (!canHelpByStarting(error)) throw error;
  }
  const { outputFile, compileCacheFolder } = paths;
  const launched = launchDaemon({ ...options.launch, outputFile, compileCacheFolder });
  return waitUntilReady({ paths, signal, timeoutMs, launched });
}

/** A young generation of 16 MB instead of 64 in each half: so little of it survives that more collections cost no more. */
export const daemonFlags: readonly string[] = ['--max-semi-space-size=16'];

/**
 * For the C library on Linux; others ignore it. It would give each thread an area of its own, and keep in them all that
 * compilers and collectors of garbage once needed; and nothing large may lie where it can't be given back.
 */
export const memoryEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: String(1024 * 1024),
  MALLOC_MMAP_THRESHOLD_: String(1024 * 1024),
};

/** Starts the daemon detached from this process, with a minimal environment. Throws `daemon.startFailed`. */
export function launchDaemon(options: LaunchOptions): Launched {
  const { entry, execPath, env, outputFile, args = ['serve'] } = options;
  let output: number | null = null;
  try {
    mkdirSync(dirname(outputFile), { recursive: true, mode: 0o700 });
    const isLong = (statSync(outputFile, { throwIfNoEntry: false })?.size ?? 0) > outputBytes;
    output = openSync(outputFile, isLong ? 'w' : 'a', 0o600);
    const child = spawn(execPath, [...daemonFlags, entry, ...args], {
      detached: true,
      stdio: ['ignore', output, output],
      windowsHide: true,
      env: { ...daemonEnvironment(env), NODE_COMPILE_CACHE: options.compileCacheFolder },
      // Not the folder of the program, which an update must be able to remove.
      cwd: dirname(outputFile),
    });
    let exitCode: number | null = null;
    child.once('exit', (code) => (exitCode = code ?? 1));
    child.once('error', () => (exitCode = 1));
    child.unref();
    return { pid: child.pid ?? 0, exitCode: () => exitCode };
  } catch (error) {
    throw new RouterError('daemon.startFailed', 'The daemon could not be started.', { cause: error });
  } finally {
    if (output !== null) closeSync(output);
  }
}

/** Never a proxy, a key or an editor's variables: what belongs to one client comes with its connection. */
const passedOn = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TZ', 'TMPDIR', 'TMP', 'TEMP'],
  ...['XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'TASK_ROUTER_HOME'],
  ...['USERNAME', 'USERPROFILE', 'LOCALAPPDATA', 'APPDATA', 'SYSTEMROOT', 'WINDIR', 'COMSPEC', 'PATHEXT'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
]);

function daemonEnvironment(env: Environment): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passedOn.has(entry[0].toUpperCase()),
  );
  // Ignored by plain Node; an editor's executable becomes Node by them.
  return {
    ...Object.fromEntries(kept),
    ...memoryEnvironment,
    ELECTRON_RUN_AS_NODE: '1',
    ELECTRON_NO_ASAR: '1',
  };
}

async function waitUntilReady(wait: {
  paths: Paths;
  signal: AbortSignal | undefined;
  timeoutMs: number;
  launched: Launched;
}): Promise<WebSocket> {
  const deadline = AbortSignal.timeout(wait.timeoutMs);
  const signal = wait.signal === undefined ? deadline : AbortSignal.any([wait.signal, deadline]);
  let last: unknown = null;
  while (!signal.aborted) {
    // Looked at before the attempt: a daemon that has failed by then can't answer it.
    const exitCode = wait.launched.exitCode();
    try {
      return await connectToDaemon({ paths: wait.paths, signal });
    } catch (error) {
      if (!signal.aborted && !canHelpByStarting(error)) throw error;
      last = error;
    }
    if (exitCode !== null && exitCode !== 0) {
      throw startFailed(`The daemon ended at once (exit code ${exitCode}).`, wait.paths, last);
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
  wait.signal?.throwIfAborted();
  throw startFailed(`The daemon did not answer within ${wait.timeoutMs} ms.`, wait.paths, last);
}

function startFailed(message: string, paths: Paths, cause: unknown): RouterError {
  return new RouterError('daemon.startFailed', message, {
    details: { logFile: paths.logFile, outputFile: paths.outputFile },
    cause,
  });
}

/** A daemon that is there but speaks another version, is full, or lies in an unsafe folder is not helped by another. */
function canHelpByStarting(error: unknown): boolean {
  return error instanceof RouterError && error.code === 'daemon.unreachable';
}
