/** Starting a process that plays the daemon: environment, readiness, failure, deadline. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectOrLaunch, launchDaemon } from './launch.ts';
import { type Paths, resolvePaths } from './paths.ts';

function home(): Paths {
  const folder = mkdtempSync(join(tmpdir(), 'tr-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return resolvePaths({ TASK_ROUTER_HOME: folder });
}

/** A program that stands in for the daemon. */
function program(paths: Paths, source: string): string {
  const entry = join(paths.configFolder, 'program.cjs');
  writeFileSync(entry, source);
  return entry;
}

/** One that never answers; ended, and its end awaited, after the test: on its way out it would still write its cache. */
function silentProgram(paths: Paths): string {
  const pidFile = join(paths.configFolder, 'pid');
  onTestFinished(async () => {
    await vi.waitUntil(() => existsSync(pidFile), { timeout: 5_000, interval: 5 });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => !isAlive(pid), { timeout: 5_000, interval: 5 });
  });
  const announce = `require('fs').writeFileSync(${JSON.stringify(`${pidFile}.draft`)}, String(process.pid));
    require('fs').renameSync(${JSON.stringify(`${pidFile}.draft`)}, ${JSON.stringify(pidFile)});`;
  return program(paths, `${announce} setInterval(() => undefined, 1000)`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const launchWith = (paths: Paths, entry: string, env: Record<string, string> = {}) => ({
  paths,
  launch: { entry, execPath: process.execPath, env: { ...env, TASK_ROUTER_HOME: paths.configFolder } },
});

it('passes on only what the daemon needs', async () => {
  const paths = home();
  const entry = program(
    paths,
    'console.log(JSON.stringify([process.argv.slice(2), process.execArgv, process.env]))',
  );
  const env = {
    PATH: '/bin',
    HOME: '/home/dev',
    TASK_ROUTER_HOME: '/x',
    OPENAI_API_KEY: 'sk-canary',
    HTTPS_PROXY: 'http://proxy',
    NODE_OPTIONS: '--inspect',
    VSCODE_PID: '1',
    ELECTRON_FOO: '1',
    ELECTRON_RUN_AS_NODE: '0',
  };
  const { outputFile, compileCacheFolder } = paths;
  const launched = launchDaemon({ entry, execPath: process.execPath, env, outputFile, compileCacheFolder });
  await vi.waitUntil(() => launched.exitCode() === 0, { timeout: 5_000, interval: 5 });
  expect(JSON.parse(readFileSync(outputFile, 'utf8'))).toEqual([
    ['serve'],
    ['--max-semi-space-size=16'],
    {
      PATH: '/bin',
      HOME: '/home/dev',
      TASK_ROUTER_HOME: '/x',
      MALLOC_ARENA_MAX: '1',
      MALLOC_TRIM_THRESHOLD_: '1048576',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      ELECTRON_RUN_AS_NODE: '1',
      ELECTRON_NO_ASAR: '1',
      NODE_COMPILE_CACHE: compileCacheFolder,
    },
  ]);
});

it('says so at once when the daemon ends with an error', async () => {
  const paths = home();
  const entry = program(paths, 'console.error("no room"); process.exit(3)');
  const startedMs = performance.now();
  await expect(connectOrLaunch(launchWith(paths, entry))).rejects.toMatchObject({
    code: 'daemon.startFailed',
    message: 'The daemon ended at once (exit code 3).',
    details: { outputFile: paths.outputFile },
  });
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(readFileSync(paths.outputFile, 'utf8')).toContain('no room');
});

it('gives up after the deadline', async () => {
  const paths = home();
  const entry = silentProgram(paths);
  await expect(connectOrLaunch({ ...launchWith(paths, entry), timeoutMs: 300 })).rejects.toMatchObject({
    code: 'daemon.startFailed',
    message: 'The daemon did not answer within 300 ms.',
  });
});

it('stops waiting when its caller does', async () => {
  const paths = home();
  const entry = silentProgram(paths);
  const controller = new AbortController();
  const waiting = connectOrLaunch({ ...launchWith(paths, entry), signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 50);
  await expect(waiting).rejects.toThrow('enough');
});

it('does not start anything for a folder that is not safe', async () => {
  const paths = home();
  const started = join(paths.configFolder, 'started');
  const entry = program(paths, `require('fs').writeFileSync(${JSON.stringify(started)}, '')`);
  mkdirSync(paths.runtimeFolder);
  chmodSync(paths.runtimeFolder, 0o755);
  await expect(connectOrLaunch(launchWith(paths, entry))).rejects.toMatchObject({
    code: 'daemon.runtimeFolderUnsafe',
  });
  expect(() => readFileSync(started)).toThrow('ENOENT');
});

it('reports a program that can’t be run', async () => {
  const paths = home();
  const options = launchWith(paths, '/nonexistent/entry.js');
  const launch = { ...options.launch, execPath: '/nonexistent/node' };
  await expect(connectOrLaunch({ ...options, launch })).rejects.toMatchObject({ code: 'daemon.startFailed' });
});
