/**
 * The runtime folder is the real barrier around socket and token, so it is looked at before every use: ours, no
 * symbolic link, closed to everyone else. Anything else is refused, never repaired: what is already wrong with the
 * folder may already have been used.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { RouterError } from '../index.ts';
import type { Paths } from './paths.ts';

/** Makes the folders that hold socket and token (mode 0700) and checks them. Throws `daemon.runtimeFolderUnsafe`. */
export function ensureRuntimeFolder(paths: Paths, userId: number | undefined = process.getuid?.()): void {
  for (const folder of new Set([paths.runtimeFolder, paths.socketFolder])) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw unsafe(folder, 'can’t be created', error);
    }
  }
  checkRuntimeFolder(paths, userId);
}

/** The check alone, for clients: a missing folder is as good as no daemon, and answers false. */
export function checkRuntimeFolder(paths: Paths, userId: number | undefined = process.getuid?.()): boolean {
  return [...new Set([paths.runtimeFolder, paths.socketFolder])].every((folder) => isSafe(folder, userId));
}

function isSafe(folder: string, userId: number | undefined): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (found.isSymbolicLink()) throw unsafe(folder, 'is a symbolic link');
  if (!found.isDirectory()) throw unsafe(folder, 'is not a folder');
  // Windows has no owner and mode of this kind; there the folder inherits the access list of the user's profile.
  if (userId === undefined) return true;
  if (found.uid !== userId) throw unsafe(folder, 'belongs to another user');
  if ((found.mode & 0o077) !== 0) {
    throw unsafe(
      folder,
      `is open to other users (mode ${(found.mode & 0o777).toString(8).padStart(4, '0')})`,
    );
  }
  return true;
}

function unsafe(folder: string, what: string, cause?: unknown): RouterError {
  return new RouterError('daemon.runtimeFolderUnsafe', `The folder ${folder} ${what}.`, {
    details: { folder },
    cause,
  });
}
