/**
 * The folder and environment an editor lives in. The environment is built from nothing and every home and
 * cache points into one temp folder, so that neither the developer's settings nor their API keys reach a test
 * (a found key would send the test's prompts to a paid model), and nothing of a test reaches them.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';

/** What a program needs of the developer's environment; all else is left out on purpose. */
const INHERITED = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'USER', 'LOGNAME', 'SHELL'];

/**
 * No welcome page, no side bar for chat, no look at the network: only what a test asked for is on the screen.
 */
const QUIET_SETTINGS: EditorSettings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'remote.autoForwardPorts': false,
  'git.openRepositoryInParentFolders': 'never',
};

/** VS Code settings by their full dotted name; `undefined` removes one. */
export type EditorSettings = Readonly<Record<string, unknown>>;

/** Environment variables; `undefined` removes one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes the temp folder of one editor: the name is random, so it also tells its processes from all others.
 */
export async function createRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'task-router-editor-'));
  for (const name of ['home', 'tmp', 'run']) await mkdir(join(root, name), { mode: 0o700 });
  return root;
}

/** The whole environment of an editor in `root`: a minimal one with `extra` on top. */
export function editorEnvironment(root: string, extra: Environment): Record<string, string> {
  const home = join(root, 'home');
  const variables: Environment = {
    ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
    HOME: home,
    TMPDIR: join(root, 'tmp'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_RUNTIME_DIR: join(root, 'run'),
    TASK_ROUTER_HOME: join(root, 'task-router'),
    // No extension gallery: nothing is looked up or updated.
    EXTENSIONS_GALLERY: '{}',
    ...extra,
    // Marks every process of this editor, also one that gets a home of its own.
    TASK_ROUTER_EDITOR_ROOT: root,
  };
  const defined = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(defined);
}

/**
 * Merges `changes` into the user settings of `userDataDir`, which start out quiet. The file is replaced in
 * one step, so that VS Code never reads half of it; what VS Code itself wrote there is kept.
 * @throws when the file is not JSON.
 */
export async function updateUserSettings(userDataDir: string, changes: EditorSettings): Promise<void> {
  const path = join(userDataDir, 'User', 'settings.json');
  const before = await readFile(path, 'utf8').catch(() => '{}');
  const settings = {
    ...QUIET_SETTINGS,
    ...z.record(z.string(), z.unknown()).parse(JSON.parse(before)),
    ...changes,
  };
  await mkdir(join(userDataDir, 'User'), { recursive: true });
  await writeFile(`${path}.next`, JSON.stringify(settings, undefined, 2));
  await rename(`${path}.next`, path);
}

const extensionManifest = z.object({ publisher: z.string(), name: z.string(), version: z.string() });

/** Makes the unpacked extension in `extensionDir` count as installed, by the folder name VS Code expects. */
export async function linkExtension(extensionDir: string, extensionsDir: string): Promise<void> {
  const text = await readFile(join(extensionDir, 'package.json'), 'utf8');
  const { publisher, name, version } = extensionManifest.parse(JSON.parse(text));
  await symlink(extensionDir, join(extensionsDir, `${publisher}.${name}-${version}`));
}

/**
 * The address of a window on `folders` (absolute paths): an empty one, a folder (or `.code-workspace` file),
 * or several folders as a multi-root workspace.
 */
export async function windowUrl(origin: string, root: string, folders: readonly string[]): Promise<string> {
  const [first, ...others] = folders;
  if (first === undefined) return `${origin}/?ew=true`;
  if (others.length === 0) {
    const kind = first.endsWith('.code-workspace') ? 'workspace' : 'folder';
    return `${origin}/?${kind}=${encodeURIComponent(first)}`;
  }
  // The same folders are the same file, which is left alone once it exists: a window may have it open.
  const digest = createHash('sha256').update(folders.join('\0')).digest('hex').slice(0, 12);
  const name = folders.map((folder) => basename(folder)).join('-');
  const path = join(root, 'workspaces', digest, `${name}.code-workspace`);
  await mkdir(dirname(path), { recursive: true });
  const content = JSON.stringify({ folders: folders.map((folder) => ({ path: folder })) });
  if (!existsSync(path)) await writeFile(path, content);
  return `${origin}/?workspace=${encodeURIComponent(path)}`;
}
