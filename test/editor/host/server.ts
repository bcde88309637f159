/**
 * A VS Code to test in: its real workbench and Node extension host, served to a browser on 127.0.0.1. One
 * editor can show several windows at once, each with its own extension host, as one desktop VS Code can.
 */
import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';
import { ensureTestHost } from './install.ts';
import { endProcesses, processesOf, signalAll, type RunningProcess } from './processes.ts';
import {
  createRoot,
  editorEnvironment,
  linkExtension,
  updateUserSettings,
  windowUrl,
  type EditorSettings,
  type Environment,
} from './profile.ts';
import { serverEnd, serverOrigin, startServer, type ServerProcess } from './server-process.ts';

/** Seen: 0.5 s to start, 1.8 s to install. The rest is for a loaded machine. */
const START_PATIENCE_MS = 30_000;
const INSTALL_PATIENCE_MS = 60_000;

export interface EditorOptions {
  /** A packaged extension, installed as a user would install it. */
  readonly vsix?: string;
  /** An unpacked extension's folder, linked in instead of a VSIX. */
  readonly extensionDir?: string;
  /** What `url()` opens when it is not told: nothing, a folder, or several as a multi-root workspace. */
  readonly folders?: readonly string[];
  /** User settings on top of the quiet ones. */
  readonly settings?: EditorSettings;
  /** Environment of the server and so of every extension host, on top of a minimal one. */
  readonly env?: Environment;
  /**
   * True leaves workspace trust on, so that a new folder opens in restricted mode. Default: everything is
   * trusted.
   */
  readonly workspaceTrust?: boolean;
  /** Further flags of the server. */
  readonly flags?: readonly string[];
  /** Default: a fresh folder that goes with the editor. A given one is used and left behind. */
  readonly userDataDir?: string;
  /** Default: a fresh folder that goes with the editor. A given one is used and left behind. */
  readonly extensionsDir?: string;
}

/** A running editor. Every window of it is a browser page that shows one of its `url()`s. */
export interface TestEditor {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** `TASK_ROUTER_HOME` of everything that runs in this editor. */
  readonly taskRouterHome: string;
  readonly userDataDir: string;
  /** The address of a window that shows `folders` (absolute paths); without any, those of the options. */
  url(...folders: readonly string[]): Promise<string>;
  /** Merges into the user settings; open windows follow within 2.5 s. `undefined` removes a setting. */
  updateSettings(changes: EditorSettings): Promise<void>;
  /** Processes started inside the editor that have left its process group, as Task Router's daemon does. */
  detached(): RunningProcess[];
  /** The last part of what the server has printed. */
  output(): string;
  /** Ends the server, its extension hosts and what they left running, and removes the temp folder. */
  dispose(): Promise<void>;
}

/**
 * Starts an editor on a free port and returns when it answers.
 * @throws when the extension can't be installed or the server does not come up within 30 s, with its output.
 */
export async function startEditor(options: EditorOptions = {}): Promise<TestEditor> {
  const host = await ensureTestHost();
  const root = await createRoot();
  const userDataDir = options.userDataDir ?? join(root, 'user-data');
  const extensionsDir = options.extensionsDir ?? join(root, 'extensions');
  const env = editorEnvironment(root, options.env ?? {});
  const directories = ['--server-data-dir', join(root, 'server')];
  directories.push('--user-data-dir', userDataDir, '--extensions-dir', extensionsDir);

  const run = (...flags: readonly string[]): ServerProcess =>
    startServer(host, [...flags, ...directories], env);
  const forgetExit = atExit(() => {
    signalAll(root, 'SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });
  const dispose = async (): Promise<void> => {
    await endProcesses(root);
    forgetExit();
    await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };

  try {
    await mkdir(extensionsDir, { recursive: true });
    await updateUserSettings(userDataDir, options.settings ?? {});
    if (options.extensionDir !== undefined) await linkExtension(options.extensionDir, extensionsDir);
    if (options.vsix !== undefined) {
      await serverEnd(run('--install-extension', options.vsix, '--force'), INSTALL_PATIENCE_MS);
    }
    const flags = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token'];
    flags.push('--accept-server-license-terms', '--telemetry-level', 'off');
    // A backstop for a test run that was killed: hosts of vanished windows end after a minute, the server
    // after five more.
    flags.push('--reconnection-grace-time', '60', '--enable-remote-auto-shutdown');
    if (options.workspaceTrust !== true) flags.push('--disable-workspace-trust');
    const server = run(...flags, ...(options.flags ?? []));
    const origin = await serverOrigin(server, START_PATIENCE_MS);
    return {
      origin,
      taskRouterHome: env['TASK_ROUTER_HOME'] ?? '',
      userDataDir,
      url: (...folders) => windowUrl(origin, root, folders.length > 0 ? folders : (options.folders ?? [])),
      updateSettings: (changes) => updateUserSettings(userDataDir, changes),
      detached: () => processesOf(root).filter(({ group }) => group !== server.pid),
      output: () => server.output(),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
