/**
 * A stand-in for VS Code's executable, for `vscodeExecutablePath` of `@vscode/test-electron`: it takes VS
 * Code's own flags, runs the extension-host suite they name in the test host, and exits as desktop VS Code
 * would. So the suites are written once, and run on either. Start it through `./code`, which finds the right
 * Node.
 *
 * The suite gets this process's environment, apart from home and temp directories: those belong to the
 * editor.
 */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, parseArgs } from 'node:util';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { startEditor, type TestEditor } from './server.ts';
import { SuiteLog } from './suite-log.ts';

/** A run takes 6 to 16 s. `TASK_ROUTER_TEST_TIMEOUT_MS` sets another limit. */
const DEFAULT_TIMEOUT_MS = 5 * 60_000;

/** Left to the editor, whose own are in its temp folder. */
const OWN_DIRECTORIES = /^(HOME|TMPDIR|XDG_.*)$/;

/** The flags of VS Code that mean something here. */
const OPTIONS = {
  extensionDevelopmentPath: { type: 'string', multiple: true },
  extensionTestsPath: { type: 'string' },
  'user-data-dir': { type: 'string' },
  'extensions-dir': { type: 'string' },
  'disable-workspace-trust': { type: 'boolean' },
  'disable-extensions': { type: 'boolean' },
} as const;

/** What the flags ask for; paths are absolute. */
interface Run {
  readonly extensionDevelopmentPaths: readonly string[];
  readonly extensionTestsPath: string;
  readonly folders: readonly string[];
  readonly userDataDir: string | undefined;
  readonly extensionsDir: string | undefined;
  readonly workspaceTrust: boolean;
  readonly disableExtensions: boolean;
  readonly timeoutMs: number;
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const run = parseRun(argv);
  if (typeof run === 'string') {
    console.error(run);
    return 2;
  }
  const marker = `${randomUUID()} `;
  const editor = await startEditor({
    folders: run.folders,
    env: {
      ...suiteEnvironment(),
      TASK_ROUTER_SUITE: run.extensionTestsPath,
      TASK_ROUTER_SUITE_MARKER: marker,
    },
    workspaceTrust: run.workspaceTrust,
    // Without it the workbench ignores the payload in silence, and the suite would never start.
    flags: ['--enable-smoke-test-driver'],
    ...(run.userDataDir === undefined ? {} : { userDataDir: run.userDataDir }),
    ...(run.extensionsDir === undefined ? {} : { extensionsDir: run.extensionsDir }),
  });
  try {
    const browser = await launchBrowser();
    try {
      return await runSuite(run, marker, editor, browser);
    } finally {
      await browser.dispose();
    }
  } finally {
    await editor.dispose();
  }
}

/** Opens the window that runs the suite, and returns the suite's exit code. */
async function runSuite(run: Run, marker: string, editor: TestEditor, browser: TestBrowser): Promise<number> {
  const page = await browser.newPage();
  const ended = Promise.withResolvers<string | undefined>();
  const log = new SuiteLog(marker);
  // VS Code's workbench calls these two when the page has them.
  await page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) => {
    log.add(type, format(...args));
  });
  await page.exposeFunction('codeAutomationExit', () => {
    ended.resolve(undefined);
  });
  page.once('crash', () => {
    ended.resolve('The window that ran the suite crashed.');
  });
  page.once('close', () => {
    ended.resolve('The window closed before the suite ended.');
  });
  const timer = setTimeout(() => {
    ended.resolve(`The suite did not end within ${String(run.timeoutMs / 1000)} s.`);
  }, run.timeoutMs);
  try {
    await page.goto(
      `${await editor.url()}&payload=${encodeURIComponent(JSON.stringify(payload(run, editor)))}`,
    );
    const failure = await ended.promise;
    if (log.result !== undefined) return log.result === 'passed' ? 0 : 1;
    const reason = failure ?? 'The extension host ended before the suite did.';
    console.error([reason, ...log.chatter, editor.output()].join('\n'));
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

/** What VS Code's flags say, in the pairs that a window takes instead of flags. */
function payload(run: Run, editor: TestEditor): readonly (readonly [string, string])[] {
  // A file URL escapes what would end a path, such as `#`.
  const remote = (path: string): string =>
    `vscode-remote://${new URL(editor.origin).host}${pathToFileURL(path).pathname}`;
  return [
    ...run.extensionDevelopmentPaths.map((path) => ['extensionDevelopmentPath', remote(path)] as const),
    ['extensionTestsPath', remote(join(import.meta.dirname, 'run-suite.ts'))],
    ['skipWelcome', 'true'],
    ['disableExtensions', String(run.disableExtensions)],
  ];
}

/** @returns what to run, or what is wrong with the flags. */
function parseRun(argv: readonly string[]): Run | string {
  // Flags that only concern desktop VS Code, such as --no-sandbox, are accepted and ignored.
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
  });
  const path = (name: keyof typeof OPTIONS): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? resolve(value) : undefined;
  };
  const developed = values.extensionDevelopmentPath;
  const extensionTestsPath = path('extensionTestsPath');
  if (extensionTestsPath === undefined) {
    return 'The test host only runs extension-host suites: --extensionTestsPath=<file> is missing.';
  }
  const timeoutMs = Number(process.env['TASK_ROUTER_TEST_TIMEOUT_MS'] ?? DEFAULT_TIMEOUT_MS);
  if (!Number.isInteger(timeoutMs) || timeoutMs <= 0)
    return 'TASK_ROUTER_TEST_TIMEOUT_MS has to be a whole number of ms.';
  return {
    extensionDevelopmentPaths: Array.isArray(developed)
      ? developed.filter((path) => typeof path === 'string')
      : [],
    extensionTestsPath,
    folders: positionals.map((path) => resolve(path)),
    userDataDir: path('user-data-dir'),
    extensionsDir: path('extensions-dir'),
    workspaceTrust: values['disable-workspace-trust'] !== true,
    disableExtensions: values['disable-extensions'] === true,
    timeoutMs,
  };
}

function suiteEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN_DIRECTORIES.test(name)));
}
