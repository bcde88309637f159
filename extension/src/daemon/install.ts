/**
 * Copies the daemon out of the extension's folder before it runs: an update removes that folder, and on Windows a
 * loaded binary would lock it. The copy's name holds the hash of what was copied, so a half-made or altered copy is
 * never mistaken for a good one, and two builds of one version don't share a folder.
 */
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RouterError } from '@task-router/protocol';

export interface InstallOptions {
  /** The extension's `dist`, with `daemon/main.cjs`, what it loads later, and `prebuilds/`. */
  readonly distFolder: string;
  readonly dataFolder: string;
  readonly version: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** In the name of a copy that is being made; one this old was left behind by a process that died. */
const draftMark = '.draft-';
const staleDraftMs = 60 * 60_000;

/** Copies beside the current one that are kept: a daemon may still run from the one before. */
const keptOldCopies = 1;

/**
 * Makes sure that a verified copy exists and returns its entry file. About 20 ms when it exists already.
 * @throws RouterError `daemon.startFailed` when the extension's own files are missing or the copy can't be made
 */
export async function installDaemon(options: InstallOptions): Promise<string> {
  const { distFolder, dataFolder, version } = options;
  try {
    const files = await filesToCopy(options);
    const wanted = await digest(distFolder, files);
    const folder = join(dataFolder, 'daemon', `${version}-${wanted.slice(0, 12)}`);
    if ((await digest(folder, files).catch(() => '')) !== wanted) {
      await copyWhole({ from: distFolder, to: folder, files, wanted });
    }
    await removeOldCopies(join(dataFolder, 'daemon'), folder);
    return join(folder, 'daemon', 'main.cjs');
  } catch (cause) {
    throw new RouterError(
      'daemon.startFailed',
      'The daemon’s program could not be copied to your data folder.',
      {
        next: 'Free disk space, check the folder’s permissions, or install the extension again.',
        cause,
      },
    );
  }
}

/** The bundles, and SQLite's binaries for this machine: on Linux for both C libraries, which look alike from here. */
async function filesToCopy({ distFolder, platform, arch }: InstallOptions): Promise<string[]> {
  const binaries = await readdir(join(distFolder, 'prebuilds')).catch(() => []);
  const wanted = new Set([`${platform}-${arch}.node`, `${platform}musl-${arch}.node`]);
  return [
    ...['main.cjs', 'history-thread.cjs', 'vendor-clients.cjs'].map((name) => join('daemon', name)),
    ...binaries.filter((name) => wanted.has(name)).map((name) => join('prebuilds', name)),
  ];
}

async function digest(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = await readFile(join(folder, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Copies beside the target and renames, so that two windows starting at once never run half a copy. */
async function copyWhole(copy: {
  readonly from: string;
  readonly to: string;
  readonly files: readonly string[];
  readonly wanted: string;
}): Promise<void> {
  const draft = `${copy.to}${draftMark}${randomBytes(6).toString('hex')}`;
  try {
    for (const file of copy.files) {
      await mkdir(join(draft, file, '..'), { recursive: true, mode: 0o700 });
      await cp(join(copy.from, file), join(draft, file));
    }
    if ((await digest(draft, copy.files)) !== copy.wanted)
      throw new Error('the copy differs from its source');
    if (await moved(draft, copy.to)) return;
    // A folder is there already: another window was faster, or the copy was altered and has to make room.
    if ((await digest(copy.to, copy.files).catch(() => '')) === copy.wanted) return;
    const aside = `${draft}-old`;
    await moved(copy.to, aside);
    await moved(draft, copy.to);
    await rm(aside, { recursive: true, force: true });
    if ((await digest(copy.to, copy.files)) !== copy.wanted)
      throw new Error('the copy could not be replaced');
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Whether `from` could be renamed to `to`, which must not be there yet. */
async function moved(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
}

/** Best effort: a copy in use can't be removed on Windows, and on other systems a running daemon doesn't mind. */
async function removeOldCopies(parent: string, current: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const others = await Promise.all(
    names
      .map((name) => join(parent, name))
      .filter((path) => path !== current)
      .map(async (path) => ({ path, atMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  const drafts = others.filter(({ path }) => path.includes(draftMark));
  const stale = drafts.filter(({ atMs }) => Date.now() - atMs > staleDraftMs);
  const old = others.filter((other) => !drafts.includes(other)).sort((a, b) => b.atMs - a.atMs);
  for (const { path } of [...stale, ...old.slice(keptOldCopies)]) {
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
