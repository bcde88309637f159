/**
 * Installs what the editor tests run on: VS Code's workbench and Node extension host (as `code-server`
 * packages them), the Node they need, and a Chromium to show them. Only npm and Debian's packages are used,
 * because neither VS Code's download server nor browser downloads can be reached everywhere. Everything npm
 * brings goes to a git-ignored cache, outside `node_modules`, so that people who never run these tests don't
 * pay for its 800 MB.
 *
 * `node test/editor/host/install.ts` installs and prints where; tests call `ensureTestHost()`.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { withInstallLock } from './install-lock.ts';
import { letWindowsFollowSettings } from './settings-fix.ts';

/** Code 1.139.1; the selectors in `workbench.ts` were written against this version. */
const CODE_SERVER_VERSION = '4.139.1';
/** The Node that this code-server demands, independent of the Node that runs the tests. */
const NODE_VERSION = '24.21.0';
/** Raised when the steps below change, so that folders installed by earlier steps are installed anew. */
const STEPS_REVISION = 2;
const ATTEMPTS = 2;
const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** The absolute path of this repository. */
export const REPOSITORY_ROOT = join(import.meta.dirname, '..', '..', '..');

/** Where the installed parts are, as absolute paths. */
export interface TestHost {
  readonly version: string;
  readonly nodePath: string;
  /** VS Code's own server, which `nodePath` runs. */
  readonly serverMainPath: string;
  readonly chromiumPath: string;
}

/**
 * Installs whatever is missing and returns where everything is; about 35 s the first time, milliseconds
 * afterwards. Safe to call from several processes at once.
 * @throws when the platform has no such host, or npm or apt-get fail twice.
 */
export async function ensureTestHost(): Promise<TestHost> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new Error(
      `The browser-driven test host runs on Linux (x64, arm64), not on ${process.platform}-${process.arch}. ` +
        'Run the extension-host suites on desktop VS Code: TASK_ROUTER_TEST_EDITOR=desktop.',
    );
  }
  const home = join(REPOSITORY_ROOT, '.cache', 'test-host', `code-server-${CODE_SERVER_VERSION}`);
  const nodePackage = `node-linux-${process.arch}`;
  const nodeDir = join(home, 'node_modules', nodePackage);
  const codeDir = join(home, 'node_modules', 'code-server', 'lib', 'vscode');
  const stamp = {
    path: join(home, 'installed'),
    text: `code-server@${CODE_SERVER_VERSION} ${nodePackage}@${NODE_VERSION} steps ${String(STEPS_REVISION)}\n`,
  };
  if (!(await isStamped(stamp))) {
    await withInstallLock(home, async () => {
      if (await isStamped(stamp)) return;
      // Without its stamp the folder is the rest of an interrupted install.
      await rm(home, { recursive: true, force: true });
      await installEditor(home, nodePackage, nodeDir, codeDir);
      await writeFile(stamp.path, stamp.text);
    });
  }
  return {
    version: CODE_SERVER_VERSION,
    nodePath: join(nodeDir, 'bin', 'node'),
    serverMainPath: join(codeDir, 'out', 'server-main.js'),
    chromiumPath: await ensureChromium(),
  };
}

async function installEditor(
  home: string,
  nodePackage: string,
  nodeDir: string,
  codeDir: string,
): Promise<void> {
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), '{ "private": true }\n');
  const env = installEnvironment(nodeDir);
  const npm = (what: string, cwd: string, ...args: string[]): Promise<void> =>
    retried(what, () => run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], cwd, env));
  const packages = [`${nodePackage}@${NODE_VERSION}`, `code-server@${CODE_SERVER_VERSION}`];
  await npm('Installing code-server and its Node', home, 'install', '--ignore-scripts', ...packages);
  await npm("Installing VS Code's server modules", codeDir, 'install', '--omit=dev', '--ignore-scripts');
  // Only these two are compiled; the others have what they need, or serve features that no test uses.
  await npm(
    'Compiling its native modules (needs python3, make and g++)',
    codeDir,
    ...['rebuild', '--ignore-scripts=false', '@vscode/spdlog', '@vscode/native-watchdog'],
  );
  await npm(
    "Installing VS Code's built-in extensions",
    join(codeDir, 'extensions'),
    ...['install', '--omit=dev', '--ignore-scripts'],
  );
  await letWindowsFollowSettings(codeDir);
}

async function isStamped(stamp: { readonly path: string; readonly text: string }): Promise<boolean> {
  return (await readFile(stamp.path, 'utf8').catch(() => '')) === stamp.text;
}

/**
 * Puts the pinned Node first, for npm's own scripts and for the headers they compile against. What an outer
 * `npm run` says about itself is removed: it would describe this repository's package to the npm that
 * installs another one.
 */
function installEnvironment(nodeDir: string): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_(package|lifecycle)_|npm_(command|config_(local_prefix|workspaces?|include_workspace_root))$|INIT_CWD$)/i;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: `${join(nodeDir, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    npm_config_nodedir: nodeDir,
  };
}

async function ensureChromium(): Promise<string> {
  const chosen = process.env['TASK_ROUTER_CHROMIUM'];
  if (chosen !== undefined && chosen !== '') {
    if (await isExecutable(chosen)) return chosen;
    throw new Error(`TASK_ROUTER_CHROMIUM names ${chosen}, which is not an executable file.`);
  }
  const found = await firstChromium();
  if (found !== undefined) return found;
  const mayInstall = process.getuid?.() === 0 && (await isExecutable('/usr/bin/apt-get'));
  if (!mayInstall) {
    throw new Error(
      'The editor tests need Chromium. Install it (on Debian: apt-get install chromium), ' +
        'or set TASK_ROUTER_CHROMIUM to the path of a Chromium or Chrome.',
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await withInstallLock('apt-get install chromium', () =>
    retried('Installing Chromium', async () => {
      if ((await firstChromium()) !== undefined) return;
      await run('apt-get', ['-q', 'update'], '/', env);
      await run('apt-get', ['-q', 'install', '-y', 'chromium'], '/', env);
    }),
  );
  const installed = await firstChromium();
  if (installed === undefined)
    throw new Error('apt-get installed chromium, but no executable of it was found.');
  return installed;
}

async function firstChromium(): Promise<string | undefined> {
  for (const path of CHROMIUM_PATHS) if (await isExecutable(path)) return path;
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Registries hiccup, so a failed step is done once more before it counts. */
async function retried(what: string, step: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    say(`${what} …`);
    try {
      await step();
      say(`  done in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw new Error(`${what} failed.`, { cause: error });
      say(`  failed (${error instanceof Error ? error.message : String(error)}), trying again`);
    }
  }
}

/** Runs a program with its output on our standard error, where progress belongs. */
function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', process.stderr, process.stderr] });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args[0] ?? ''} ended with ${signal ?? `code ${String(code)}`}`));
    });
  });
}

function say(line: string): void {
  process.stderr.write(`test host: ${line}\n`);
}

if (import.meta.main) {
  const host = await ensureTestHost();
  say(`code-server ${host.version} in ${dirname(dirname(dirname(host.serverMainPath)))}`);
  say(`Chromium ${host.chromiumPath}`);
}
